import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Readable } from "node:stream";
import type { Preparation } from "../../compilers/container/preparation.ts";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { openRepository } from "../workspace/git/repository.ts";
import type { Digest } from "../graph/digest.ts";
import { contextDigest, contextTar } from "../workspace/view/build-context.ts";
import { buildView } from "../workspace/view/build-view.ts";
import { serializeOrigin, viewOriginFile } from "../workspace/view/view-origin.ts";
import type { View } from "../workspace/view/view.ts";
import { viewTar } from "../workspace/view/view-tar.ts";
import type { ViewTar } from "../workspace/view/view-tar.ts";
import type { Shell } from "./shell.ts";
import { cacheFolder, stateFolder } from "./user-folders.ts";

type WorkspaceRequest = Extract<Preparation, { readonly kind: "workspace" }>;

/** The filtered view of the repository as a tar; what must be remembered of it is written on this side when it is through. */
export async function workspaceTar(
  project: LoadedProject,
  request: WorkspaceRequest,
  owner: { readonly uid: number; readonly gid: number },
  shell: Shell,
): Promise<Readable> {
  const view = await viewFor(project, request.agent, request.ref, shell);
  const { stream, done } = viewTar(view, owner, shell.signal);
  // The engine reads the stream and hears of its failure; what is left here is to remember and to clean up.
  void finish(project, request.volume, view, done, shell);
  return stream;
}

/** What an image build for an agent would be sent, by digest, and its Dockerfile. */
export async function buildContextOf(
  project: LoadedProject,
  agent: string,
  path: string,
  shell: Shell,
): Promise<{ readonly digest: Digest; readonly dockerfile: string }> {
  const view = await viewFor(project, agent, "HEAD", shell);
  try {
    const dockerfile = await readFile(join(project.root, path), "utf8");
    return { digest: await contextDigest(view), dockerfile };
  } finally {
    await view.dispose();
  }
}

/** The same as a tar. */
export async function buildContextTar(project: LoadedProject, agent: string, shell: Shell): Promise<Readable> {
  return contextTar(await viewFor(project, agent, "HEAD", shell), shell.signal);
}

async function viewFor(project: LoadedProject, agentName: string, ref: string, shell: Shell): Promise<View> {
  const agent = project.model.agents.find((each) => each.name === agentName);
  if (agent === undefined) throw new Error(`the workspace of an unknown agent ${agentName}`);
  const built = await buildView(
    {
      host: { environment: shell.environment, cacheFolder: cacheFolder(shell.environment) },
      root: project.root,
      ref,
      ignore: project.model.ignore,
      agentIgnore: agent.ignore,
      fileFolder: relative(project.root, dirname(project.path)),
    },
    shell.signal,
  );
  if (built.ok) return built.value;
  const reasons = built.diagnostics.map((each) => `${each.code}: ${each.message}`).join("; ");
  throw new CoopError("GIT_FAILED", `The repository cannot be shown to a sandbox: ${reasons}`, {
    mend: built.diagnostics[0]?.hint ?? "",
  });
}

async function finish(
  project: LoadedProject,
  volume: string,
  view: View,
  done: ViewTar["done"],
  shell: Shell,
): Promise<void> {
  try {
    const { origin } = await done;
    await remember(project, volume, serializeOrigin(origin), shell);
  } catch {
    // The upload reports it.
  } finally {
    await view.dispose();
  }
}

/** Where the origin of one workspace volume is kept. */
export async function originFile(project: LoadedProject, volume: string, shell: Shell): Promise<string> {
  const repository = await openRepository(project.root);
  if (repository !== null) return viewOriginFile(repository.commonDir, project.model.project, volume);
  return join(stateFolder(shell.environment), "views", `${encodeURIComponent(`${project.root} ${volume}`)}.json`);
}

async function remember(project: LoadedProject, volume: string, text: string, shell: Shell): Promise<void> {
  const file = await originFile(project, volume, shell);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.tmp`, text, { mode: 0o600 });
  await rename(`${file}.tmp`, file);
}
