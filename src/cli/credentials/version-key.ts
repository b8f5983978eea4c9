import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Shell } from "../shell.ts";
import { stateFolder } from "../user-folders.ts";

/** A secret of this user's under which values are digested: the bare digest of a short value in a label would give it away. */
export async function versionKey(shell: Shell): Promise<Buffer> {
  const file = join(stateFolder(shell.environment), "version.key");
  const known = await readFile(file).catch(() => null);
  if (known !== null && known.length === 32) return known;
  const made = randomBytes(32);
  await mkdir(stateFolder(shell.environment), { recursive: true, mode: 0o700 });
  // Two first runs at once: the file that is there first counts for both.
  await writeFile(file, made, { mode: 0o600, flag: "wx" }).catch(() => undefined);
  return readFile(file);
}
