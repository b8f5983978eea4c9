import { constants } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { CoopError } from "../diagnostics/coop-error.ts";

const OTHERS = 0o077;

/**
 * Reads a file that must be its user's alone: 0600, in a folder of 0700, both owned by this user, no symbolic link. What is
 * more open is refused, since others have read it or could have written it. Null = there is no such file.
 */
export async function readPrivateFile(path: string, maxBytes: number): Promise<Buffer | null> {
  const handle = await openNoFollow(path);
  if (handle === null) return null;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw tooOpen(path, "is no regular file", "");
    refuseForeign(path, stats, "600");
    await checkFolder(dirname(path));
    if (stats.size > maxBytes)
      throw new CoopError("FILE_UNREADABLE", `${path} is larger than ${maxBytes} bytes, so it was not read.`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/**
 * Writes such a file whole and durably: readers and a machine that loses power see the old bytes or the new ones. `before`
 * is what the writer has read, null = nothing; when something else lies there meanwhile, nothing is written.
 */
export async function writePrivateFile(path: string, bytes: Buffer, before: Buffer | null): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await checkFolder(folder);
  await removeLeftOvers(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await putInPlace(temporary, path, before);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(folder);
}

async function putInPlace(temporary: string, path: string, before: Buffer | null): Promise<void> {
  const changed = (): CoopError =>
    new CoopError("CHANGED_MEANWHILE", `${path} was changed by somebody else meanwhile; nothing was written.`, {
      mend: "Do it again.",
    });
  if (before === null) {
    // Unlike a rename, a link never takes the place of what is there.
    await link(temporary, path).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === "EEXIST" ? changed() : cause;
    });
    return;
  }
  const there = await readPrivateFile(path, Number.MAX_SAFE_INTEGER);
  if (there === null || !there.equals(before)) throw changed();
  await rename(temporary, path);
}

async function openNoFollow(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : null;
    if (code === "ENOENT") return null;
    if (code === "ELOOP") throw tooOpen(path, "is a symbolic link", "Put the file itself there.");
    throw new CoopError("FILE_UNREADABLE", `${path} cannot be read.`, { cause });
  }
}

/** The folder may be reached by a link; what it is in the end must be the user's own. */
async function checkFolder(folder: string): Promise<void> {
  const stats = await stat(folder);
  if (!stats.isDirectory()) throw tooOpen(folder, "is no folder", "");
  refuseForeign(folder, stats, "700");
}

function refuseForeign(path: string, stats: { readonly uid: number; readonly mode: number }, wanted: string): void {
  const user = process.geteuid?.();
  if (user !== undefined && stats.uid !== user)
    throw tooOpen(path, `belongs to the user ${stats.uid}, not to you`, "Move it away; it is not yours.");
  if ((stats.mode & OTHERS) === 0) return;
  const mode = (stats.mode & 0o777).toString(8);
  throw tooOpen(path, `is open to others (mode ${mode})`, `chmod ${wanted} ${path}`);
}

function tooOpen(path: string, why: string, mend: string): CoopError {
  return new CoopError("FILE_TOO_OPEN", `${path} ${why}, so nothing in it is trusted and nothing was written.`, {
    mend,
  });
}

// Left by a writer that was killed; the caller holds the lock, so nobody is writing one now.
async function removeLeftOvers(path: string): Promise<void> {
  const name = `.${basename(path)}.`;
  for (const each of await readdir(dirname(path)))
    if (each.startsWith(name) && each.endsWith(".tmp")) await rm(join(dirname(path), each), { force: true });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
