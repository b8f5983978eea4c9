import { constants } from "node:fs";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { systemRefusal } from "../diagnostics/system-refusal.ts";
import { pinOrigin, unpinOrigin } from "../workspace/fetch/pin-origin.ts";
import type { Host } from "../workspace/git/host.ts";
import { openRepository } from "../workspace/git/repository.ts";
import { parseOrigin, serializeOrigin, viewOriginFile } from "../workspace/view/view-origin.ts";
import type { ViewOrigin } from "../workspace/view/view-origin.ts";
import type { Shell } from "./shell.ts";
import { cacheFolder, stateFolder } from "./user-folders.ts";

/** Writes down of what a workspace was made, and keeps that commit. Resolves when both would outlive a loss of power. */
export async function rememberOrigin(
  project: LoadedProject,
  volume: string,
  origin: ViewOrigin,
  shell: Shell,
): Promise<void> {
  const { beside, apart, locked } = await places(project, volume, shell);
  try {
    if (beside === null || locked) await write(apart, serializeOrigin(origin));
    else {
      await write(beside, serializeOrigin(origin));
      await rm(apart, { force: true });
      await pinOrigin(hostOf(shell), pinOf(project, volume), origin, shell.signal);
    }
  } catch (cause) {
    if (cause instanceof CoopError) throw cause;
    const refusal = systemRefusal(cause);
    const why = refusal?.message ?? (cause instanceof Error ? cause.message : String(cause));
    const place = dirname(beside === null || locked ? apart : beside);
    throw new CoopError(
      refusal?.code ?? "FILE_UNREADABLE",
      `What the workspace was made of cannot be written down in ${place}: ${why}`,
      { cause, mend: "Without it no work could be brought back. Mend that place, and apply again." },
    );
  }
  if (locked)
    shell.err(`warning: ${project.root} cannot be written, so \`coop fetch\` has nowhere to bring work to.\n`);
}

/** What rememberOrigin wrote; null where nothing is there, or nothing whole. `file` is where it would be. */
export async function readOrigin(
  project: LoadedProject,
  volume: string,
  shell: Shell,
): Promise<{ readonly origin: ViewOrigin | null; readonly file: string }> {
  const { beside, apart } = await places(project, volume, shell);
  const texts = await Promise.all([apart, ...(beside === null ? [] : [beside])].map((file) => readText(file)));
  const origin = texts.map((text) => (text === null ? null : parseOrigin(text))).find((each) => each !== null);
  return { origin: origin ?? null, file: beside ?? apart };
}

/** Forgets a workspace whose volume is gone. What cannot be removed names a volume that is not there: it does no harm. */
export async function forgetOrigin(project: LoadedProject, volume: string, shell: Shell): Promise<void> {
  const { beside, apart } = await places(project, volume, shell);
  await Promise.all(
    [apart, ...(beside === null ? [] : [beside])].map((file) => rm(file, { force: true }).catch(() => undefined)),
  );
  if (beside !== null) await unpinOrigin(hostOf(shell), pinOf(project, volume), shell.signal).catch(() => undefined);
}

// Beside the repository, which no view shows; apart from it where there is none, or it cannot be written.
async function places(
  project: LoadedProject,
  volume: string,
  shell: Shell,
): Promise<{ readonly beside: string | null; readonly apart: string; readonly locked: boolean }> {
  const repository = await openRepository(project.root);
  const name = `${encodeURIComponent(`${project.root} ${volume}`)}.json`;
  return {
    beside: repository === null ? null : viewOriginFile(repository.commonDir, project.model.project, volume),
    apart: join(stateFolder(shell.environment), "views", name),
    locked: repository !== null && !(await isWritable(repository.commonDir)),
  };
}

/** `coder`, `nightly.3`: as `coop fetch` names the sandbox of a volume `coop.<project>.workspace.<path>`. */
function pinOf(
  project: LoadedProject,
  volume: string,
): { readonly root: string; readonly project: string; readonly agent: string } {
  const agent = volume.split(".").slice(3).join(".").replace(/\.0$/, "");
  return { root: project.root, project: project.model.project, agent };
}

function hostOf(shell: Shell): Host {
  return { environment: shell.environment, cacheFolder: cacheFolder(shell.environment) };
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.tmp`, text, { mode: 0o600, flush: true });
  await rename(`${file}.tmp`, file);
}

async function readText(file: string): Promise<string | null> {
  return readFile(file, "utf8").catch(() => null);
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
