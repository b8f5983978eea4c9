import type { Dirent } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { IgnoreMatcher } from "../ignore/matcher.ts";
import type { HiddenThing } from "./live-shadows.ts";

/** What a walk over a live tree found. */
export interface LiveTree {
  readonly hidden: readonly HiddenThing[];
  readonly repositories: readonly HiddenThing[];
  /** Every folder that was walked, relative to the root; `""` is the root. */
  readonly folders: readonly string[];
}

/**
 * Walks the whole tree, what git ignores included, from a folder downwards. Links are not followed; where a hidden name
 * is a link, what it leads to inside the tree is hidden instead, since a link cannot be covered.
 */
export async function findHidden(
  root: string,
  from: string,
  matcher: IgnoreMatcher,
  maxFolders: number,
  signal: AbortSignal,
): Promise<LiveTree> {
  const hidden: HiddenThing[] = [];
  const repositories: HiddenThing[] = [];
  const folders: string[] = [];
  const pending = [from];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    signal.throwIfAborted();
    if (folders.length >= maxFolders) throw tooMany(maxFolders);
    folders.push(folder);
    for (const entry of await entriesOf(join(root, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const directory = entry.isDirectory();
      const isHidden = matcher.hides(path, directory).kind === "hidden";
      if (isHidden && entry.isSymbolicLink()) hidden.push(...(await behindLink(root, path)));
      else if (isHidden) hidden.push({ path, kind: directory ? "folder" : "file" });
      else if (entry.name.toLowerCase() === ".git" && !entry.isSymbolicLink())
        repositories.push({ path, kind: directory ? "folder" : "file" });
      if (directory && (!isHidden || !matcher.prunes) && entry.name.toLowerCase() !== ".git") pending.push(path);
    }
  }
  return { hidden, repositories, folders };
}

/** A folder that went away while it was walked holds nothing. */
async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return [];
    throw new CoopError("FILE_UNREADABLE", `\`${folder}\` cannot be searched for what must stay hidden.`, {
      cause,
      mend: "Make it readable, or use `workspace: clone`.",
    });
  });
}

async function behindLink(root: string, path: string): Promise<readonly HiddenThing[]> {
  const target = await realpath(join(root, path)).catch(() => null);
  if (target === null || !target.startsWith(`${root}${sep}`)) return [];
  const stats = await lstat(target).catch(() => null);
  return stats === null ? [] : [{ path: target.slice(root.length + 1), kind: stats.isDirectory() ? "folder" : "file" }];
}

function tooMany(maxFolders: number): CoopError {
  return new CoopError(
    "REFUSED_BY_POLICY",
    `The tree has more than ${maxFolders} folders; a live workspace cannot watch them all.`,
    { mend: "Use `workspace: clone`, or run coop in a smaller folder." },
  );
}
