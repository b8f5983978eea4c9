import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Stats } from "node:fs";
import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** Room for more than 10,000 agents of ten lines. */
export const SIZE_LIMIT = 4 * 1024 * 1024;

export type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: Diagnostic };

/** Reads a coop.yaml that may be anything: a pipe that never answers, a device, 50 MB, bytes that are no text. */
export function readFileText(path: string, file: string): ReadText {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    return { ok: false, problem: worldProblem(error, file) };
  }
  try {
    const stats = fstatSync(descriptor);
    const kind = kindOf(stats);
    if (kind !== null) return { ok: false, problem: diagnostic("NotAFile", { file, kind }, null) };
    if (stats.size > SIZE_LIMIT) {
      return { ok: false, problem: diagnostic("FileTooLarge", { size: stats.size, limit: SIZE_LIMIT }, null) };
    }
    return decode(readAll(descriptor, stats.size), file);
  } catch (error) {
    return { ok: false, problem: worldProblem(error, file) };
  } finally {
    closeSync(descriptor);
  }
}

/** What a path is when it is no regular file. */
export function kindOf(stats: Stats): string | null {
  if (stats.isFile()) return null;
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** Bytes as UTF-8, or where they stop being that. */
export function decode(bytes: Uint8Array, file: string): ReadText {
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ok: false, problem: encodingProblem(bytes, file) };
  }
}

/** A file that grows while it is read is cut where it ended at first. */
function readAll(descriptor: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(descriptor, bytes, filled, size - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function encodingProblem(bytes: Uint8Array, file: string): Diagnostic {
  const valid = validPrefix(bytes);
  const before = new TextDecoder().decode(bytes.subarray(0, valid));
  const line = before.split("\n").length;
  const position = { offset: before.length, line, column: before.length - before.lastIndexOf("\n") };
  return diagnostic("NotUtf8", { byte: valid }, { file, start: position, end: position });
}

/** How many of the first bytes are whole, valid characters. */
function validPrefix(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (wholeCharacters(bytes.subarray(0, middle)) === null) high = middle - 1;
    else low = middle;
  }
  return Buffer.byteLength(wholeCharacters(bytes.subarray(0, low)) ?? "");
}

/** The characters of bytes that may end inside of one; null where they are no beginning of a text. */
function wholeCharacters(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

function worldProblem(error: unknown, file: string): Diagnostic {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") return diagnostic("FileNotFound", { file, searched: null }, null);
  if (code === "ENXIO") return diagnostic("NotAFile", { file, kind: "a socket" }, null);
  const reasons: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    EPERM: "permission denied",
    ELOOP: "its symbolic links go in a circle",
    ENAMETOOLONG: "its name is too long",
    EISDIR: "it is a folder",
  };
  return diagnostic(
    "FileUnreadable",
    { file, reason: reasons[code] ?? (code === "" ? "the system refuses" : code) },
    null,
  );
}
