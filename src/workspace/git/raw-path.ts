/**
 * A path as git and the file system hold it: bytes, one character for each. A file name need not be UTF-8, and two that
 * differ must stay two.
 */
export type RawPath = string & { readonly raw: unique symbol };

/** The path's bytes as git wrote them. */
export function rawPath(bytes: Buffer): RawPath {
  // The one place where the brand is given: latin1 keeps every byte.
  return bytes.toString("latin1") as RawPath;
}

export function rawBytes(path: RawPath): Buffer {
  return Buffer.from(path, "latin1");
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** The path as people and patterns read it. */
export function pathText(path: RawPath): string {
  return BEYOND_ASCII.test(path) ? rawBytes(path).toString("utf8") : path;
}

/** Where a raw path lies below a folder of the host. */
export function hostPath(root: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`, "utf8"), rawBytes(path)]);
}

/** The folder that a path lies in; empty for the root. */
export function parentOf(path: RawPath): RawPath {
  // A part of a raw path is a raw path.
  return path.slice(0, Math.max(0, path.lastIndexOf("/"))) as RawPath;
}
