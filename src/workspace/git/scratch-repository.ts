import { copyFile, mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quoted } from "./clean-environment.ts";
import type { GitPlace } from "./clean-environment.ts";
import type { Host } from "./host.ts";
import type { Repository } from "./repository.ts";
import type { GitSettings } from "./settings.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/**
 * A bare repository of our own that borrows the user's objects. git runs in here, so the configuration, hooks and
 * filters of the user's repository are never read, and nothing is written into it.
 */
export interface ScratchRepository {
  readonly folder: string;
  readonly gitDir: string;
  /** This repository, with the user's work tree and a copy of their index. */
  readonly place: GitPlace;
  readonly dispose: () => Promise<void>;
}

/** Makes one; `repository` is null for a folder without git. */
export async function createScratch(
  host: Host,
  root: string,
  repository: Repository | null,
  settings: GitSettings,
): Promise<ScratchRepository> {
  const folder = await temporaryFolder(host, "view");
  const gitDir = join(folder, "scratch.git");
  for (const name of ["objects/info", "objects/pack", "refs/heads", "info"])
    await mkdir(join(gitDir, name), { recursive: true });
  const sha256 = settings.objectFormat === "sha256";
  await writeFile(
    join(gitDir, "config"),
    `[core]\n\trepositoryformatversion = ${sha256 ? 1 : 0}\n${sha256 ? "[extensions]\n\tobjectformat = sha256\n" : ""}`,
  );
  await writeFile(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
  if (repository !== null) await borrow(gitDir, repository);
  const config = {
    ...settings.config,
    ...(settings.excludesFile === null ? {} : { "core.excludesFile": settings.excludesFile }),
  };
  return {
    folder,
    gitDir,
    place: { gitDir, workTree: root, indexFile: join(gitDir, "index"), config },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

async function borrow(gitDir: string, { gitDir: theirs, commonDir }: Repository): Promise<void> {
  await writeFile(join(gitDir, "objects/info/alternates"), `${quoted(join(commonDir, "objects"))}\n`);
  await copyIndex(join(theirs, "index"), join(gitDir, "index"));
  await copyIfThere(join(commonDir, "shallow"), join(gitDir, "shallow"));
  await copyIfThere(join(commonDir, "info/exclude"), join(gitDir, "info/exclude"));
  // A split index keeps its bulk in a second file beside it.
  const shared = (await readdir(theirs)).filter((name) => name.startsWith("sharedindex."));
  for (const name of shared) await copyIndex(join(theirs, name), join(gitDir, name));
}

// What was edited in the very second in which the index was written, git finds by the index's own time: a copy that
// were younger would hide such an edit. The time is taken before the copy, in whole seconds: an older one only makes git look closer.
async function copyIndex(from: string, to: string): Promise<void> {
  const written = await stat(from).catch(() => null);
  await copyIfThere(from, to);
  if (written === null) return rm(to, { force: true });
  const seconds = Math.floor(written.mtimeMs / 1000);
  await utimes(to, seconds, seconds);
}

async function copyIfThere(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
  });
}
