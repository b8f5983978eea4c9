import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** More than this is told apart by size and time. */
const READ_LIMIT = 8 * 1024 * 1024;

/** Equal for a file that holds the same, a folder that lists the same, and for what cannot be read for the same reason. */
export function fingerprintOf(path: string): string {
  try {
    // Through symbolic links: what the path leads to is what counts.
    const stats = statSync(path);
    if (stats.isDirectory()) return `folder ${folderText(path)}`;
    if (!stats.isFile() || stats.size > READ_LIMIT) return `other ${stats.size} ${stats.mtimeMs}`;
    return digestOfText(readFileSync(path));
  } catch (error) {
    return `none ${error instanceof Error && "code" in error ? String(error.code) : ""}`;
  }
}

/** The fingerprint of a file with these bytes. */
export function digestOfText(bytes: string | Uint8Array): string {
  return `file ${createHash("sha256").update(bytes).digest("hex")}`;
}

function folderText(folder: string): string {
  const names = readdirSync(folder).toSorted();
  return names.map((name) => `${name} ${changedAt(join(folder, name))}`).join("\n");
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
