import { lstatSync } from "node:fs";
import { chmod, mkdir, open, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { LiveView } from "../model/inputs.ts";
import type { Agent } from "../model/model.ts";
import { readCoopignoreFiles } from "../workspace/ignore/coopignore-files.ts";

import type { IgnoreMatcher } from "../workspace/ignore/matcher.ts";
import { findHidden } from "../workspace/live/find-hidden.ts";
import { liveShadows } from "../workspace/live/live-shadows.ts";
import { matcherOf } from "./matcher-of.ts";
import type { Shell } from "./shell.ts";
import { settingsFolder, stateFolder } from "./user-folders.ts";

/** More than the kernel lets one user watch by default is of no use. */
export const MAX_FOLDERS = 50_000;

/** Walks the live tree for an agent: what to cover, and whether the tree can be guarded at all. */
export async function liveView(project: LoadedProject, agent: Agent, shell: Shell): Promise<LiveView> {
  const root = await realpath(project.root);
  const matcher = await liveMatcher(project, agent, (path) => isLink(join(root, path)), shell);
  const { hidden, repositories } = await findHidden(root, "", matcher, MAX_FOLDERS, shell.signal);
  const { uid, gid, mode } = await stat(root);
  return {
    root,
    ...liveShadows(hidden, repositories),
    decoys: await decoys(shell),
    owner: { uid, gid, mode: mode & 0o777 },
    unfit: process.platform !== "linux" ? "no-linux" : (await holdsCoop(root, shell)) ? "holds-coop" : null,
  };
}

/**
 * The rules of an agent on the live tree. Beyond those, a `.git` of which `foreign` says so is hidden: one that is a link,
 * or one that was not there before. Who can write to a repository runs programs on the host.
 */
export async function liveMatcher(
  project: LoadedProject,
  agent: Agent,
  foreign: (path: string) => boolean,
  shell: Shell,
): Promise<IgnoreMatcher> {
  const root = await realpath(project.root);
  const { folders } = await findHidden(root, "", SEES_ALL, MAX_FOLDERS, shell.signal);
  const files = await readCoopignoreFiles(root, folders);
  const matcher = matcherOf(project, agent, files, "What must stay hidden in the live tree");
  const rules = new Set((files.ok ? files.value : []).map(({ folder }) => join(folder, ".coopignore")));
  const unknown = (path: string): boolean => {
    const name = basename(path).toLowerCase();
    // A folder that is moved into the tree brings rules that nobody has read.
    return name === ".git" ? foreign(path) : name === ".coopignore" && !rules.has(path);
  };
  return {
    prunes: matcher.prunes,
    hides: (path, directory) => (unknown(path) ? UNKNOWN : matcher.hides(path, directory)),
  };
}

const SEES_ALL: IgnoreMatcher = { prunes: true, hides: () => ({ kind: "visible" }) };

const UNKNOWN = { kind: "hidden", by: { pattern: ".git", source: "built-in", line: null } } as const;

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

// Open modes: nobody inside owns them, and an empty one is all that they show.
async function decoys(shell: Shell): Promise<LiveView["decoys"]> {
  const parent = join(stateFolder(shell.environment), "covers");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = join(await realpath(parent), "folder");
  const file = join(await realpath(parent), "file");
  await mkdir(folder, { recursive: true, mode: 0o555 });
  await chmod(folder, 0o555);
  const handle = await open(file, "a", 0o444).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EACCES") return open(file, "r");
    throw cause;
  });
  try {
    if ((await handle.stat()).size > 0) {
      throw new CoopError("REFUSED_BY_POLICY", `${file} covers secrets and must be empty; somebody wrote to it.`, {
        mend: `Remove ${file}.`,
      });
    }
    await handle.chmod(0o444);
  } finally {
    await handle.close();
  }
  return { file, folder };
}

// A sandbox that could write there would grant itself what it likes.
async function holdsCoop(root: string, shell: Shell): Promise<boolean> {
  const own = [stateFolder(shell.environment), settingsFolder(shell.environment)];
  const real = await Promise.all(own.map(async (each) => realpath(each).catch(() => each)));
  return real.some((each) => each === root || each.startsWith(`${root}${root.endsWith(sep) ? "" : sep}`));
}
