import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { atPlace } from "../../diagnostics/system-refusal.ts";
import type { Shell } from "../shell.ts";
import { stateFolder } from "../user-folders.ts";

const BYTES = 32;

/** A secret of this user's under which values are digested: the bare digest of a short value in a label would give it away. */
export async function versionKey(shell: Shell): Promise<Buffer> {
  const file = join(stateFolder(shell.environment), "version.key");
  const known = await readFile(file).catch(() => null);
  if (known !== null && known.length === BYTES) return known;
  await mkdir(stateFolder(shell.environment), { recursive: true, mode: 0o700 });
  const own = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    await writeFile(own, randomBytes(BYTES), { mode: 0o600, flag: "wx", flush: true });
    // What a full disk or a kill has left half-written is no key, and nobody has digested by it.
    if (known !== null) await rename(own, file);
    // Two first runs at once: the file that is there first counts for both.
    else await link(own, file).catch(unlessThere);
  } catch (cause) {
    throw atPlace(cause, own);
  } finally {
    await rm(own, { force: true });
  }
  return readFile(file);
}

function unlessThere(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "EEXIST") throw cause;
}
