import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { GrantedRepository } from "../../grants/grant.ts";
import { openRepository } from "../../workspace/git/repository.ts";

/**
 * What identifies a repository for a grant: its path, and what nobody can bring along. A path alone would give whatever is
 * cloned to it later the grants of what lay there before; a remote's URL, a name or a commit stand in the repository itself, so
 * any other one can have the same. So each clone gets a random mark inside its `.git`, which no clone, fetch or pull copies, when
 * something is granted to it first. A clone that was moved or copied has the mark and another path, and asks again, as does each work tree.
 */
export async function cloneIdentity(root: string): Promise<GrantedRepository> {
  const file = await markFile(root);
  return { path: root, clone: file === null ? await folderMark(root) : ((await readMark(file)) ?? UNMARKED) };
}

/** As cloneIdentity, and marks a clone that has no mark yet. */
export async function markClone(root: string): Promise<GrantedRepository> {
  const file = await markFile(root);
  if (file === null || (await readMark(file)) !== null) return cloneIdentity(root);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `${randomBytes(16).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    // Two first grants at once: the mark that is there first counts for both.
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    if (!isThere || (await readMark(file)) === null)
      throw new CoopError("STATE_UNREADABLE", `${file} cannot be made, so nothing can be granted to this clone.`, {
        cause,
        mend: `Let yourself write there, or remove what is in its way.`,
      });
  }
  return cloneIdentity(root);
}

/** Equal to no grant's: nothing was granted to this clone yet. */
const UNMARKED = "unmarked";

async function markFile(root: string): Promise<string | null> {
  const repository = await openRepository(root);
  return repository === null ? null : join(repository.gitDir, "coop", "clone");
}

async function readMark(file: string): Promise<string | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    const mark = /^([0-9a-f]{32})\n$/u.exec(buffer.subarray(0, bytesRead).toString("latin1"))?.[1];
    return mark === undefined ? null : `git:${mark}`;
  } finally {
    await handle.close();
  }
}

// Without git nothing is safe from being copied; but a folder that is made anew is another file of the file system.
async function folderMark(root: string): Promise<string> {
  const { ino, birthtimeNs } = await stat(root, { bigint: true });
  return `folder:${ino}-${birthtimeNs}`;
}
