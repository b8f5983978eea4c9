import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Readable } from "node:stream";
import type { WorkspaceUpload } from "../backends/docker/hands.ts";
import type { Preparation } from "../../compilers/container/preparation.ts";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { Digest } from "../graph/digest.ts";
import { contextDigest, contextTar } from "../workspace/view/build-context.ts";
import { buildView } from "../workspace/view/build-view.ts";
import type { View } from "../workspace/view/view.ts";
import { viewTar } from "../workspace/view/view-tar.ts";
import type { Shell } from "./shell.ts";
import { cacheFolder } from "./user-folders.ts";
import { rememberOrigin } from "./workspace-origin.ts";

type WorkspaceRequest = Extract<Preparation, { readonly kind: "workspace" }>;

/** The filtered view of the repository as a tar, and when what must be remembered of it is written on this side. */
export async function workspaceTar(
  project: LoadedProject,
  request: WorkspaceRequest,
  owner: { readonly uid: number; readonly gid: number },
  shell: Shell,
): Promise<WorkspaceUpload> {
  const view = await viewFor(project, request.agent, request.ref, shell);
  const { stream, done } = viewTar(view, owner, shell.signal);
  const remembered = (async () => {
    try {
      await rememberOrigin(project, request.volume, (await done).origin, shell);
    } finally {
      await view.dispose();
    }
  })();
  // Whoever takes the upload waits for it; until then its failure is not unheard.
  remembered.catch(() => undefined);
  return { stream, remembered };
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

/** The view of the repository for an agent. The caller disposes. */
export async function viewFor(project: LoadedProject, agentName: string, ref: string, shell: Shell): Promise<View> {
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
