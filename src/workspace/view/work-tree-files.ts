import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { constants } from "node:fs";
import { open, readlink, realpath } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { ObjectReader, WHOLE_OBJECT } from "../git/cat-file.ts";
import { hostPath, pathText } from "../git/raw-path.ts";
import type { RawPath } from "../git/raw-path.ts";
import { scanContent } from "../secrets/scan-content.ts";
import type { SecretFinding } from "../secrets/scan-content.ts";
import type { Candidate } from "./select-files.ts";
import type { TarFile, TarStream } from "./tar-stream.ts";
import { fileTime } from "./view.ts";
import type { View } from "./view.ts";

/** Filled while the files go by. */
export interface CopiedFiles {
  /** Files whose content is exactly the index's. */
  readonly sizes: Map<RawPath, number>;
  /** Files that came from the host's work tree, by mode and object id. */
  readonly overlay: Map<RawPath, string>;
  readonly findings: SecretFinding[];
  bytes: number;
}

/** The files of the workspace as tar entries, in the order of their paths. */
export async function* workTreeFiles(
  view: View,
  tar: TarStream,
  copied: CopiedFiles,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { host, place } = view.repository;
  const time = fileTime(view);
  const oids = view.files.flatMap((each) =>
    each.kind === "file" && each.from.kind === "object" ? [each.from.oid] : [],
  );
  const objects = new ObjectReader({ host, place, doing: `read the files of ${view.root}` }, oids, signal);
  const links = new Set<string>(view.files.flatMap((each) => (each.kind === "link" ? [each.path] : [])));
  try {
    for (const each of view.files) {
      if (links.size > 0 && belowLink(links, each.path)) throw changed(each.path);
      if (each.kind === "submodule") tar.folder(each.path, time);
      else if (each.kind === "link") {
        if (each.from.kind === "host")
          copied.overlay.set(
            each.path,
            `120000 ${hashOf(view, each.target.length).update(each.target, "latin1").digest("hex")}`,
          );
        else copied.sizes.set(each.path, each.target.length);
        tar.link(each.path, each.target, time);
      } else if (each.from.kind === "host") yield* fromHost(view, each, tar, copied);
      else {
        const next = objects.next();
        const object = next instanceof Promise ? await next : next;
        const options = { mode: each.executable ? 0o755 : 0o644, time };
        copied.sizes.set(each.path, object.size);
        copied.bytes += object.size;
        if (object.kind === "whole") {
          copied.findings.push(...scanContent(pathText(each.path), object.content));
          tar.file(each.path, object.content, options);
        } else yield* inPieces(tar, each.path, object.size, object.pieces(), options);
      }
      for (const chunk of tar.ready()) yield chunk;
    }
  } finally {
    objects.close();
  }
}

/** A file that is too large to be held. */
export async function* inPieces(
  tar: TarStream,
  path: string,
  size: number,
  pieces: AsyncIterable<Buffer>,
  options: TarFile,
): AsyncGenerator<Buffer> {
  tar.begin(path, size, options);
  for await (const piece of pieces) {
    tar.piece(piece);
    for (const chunk of tar.ready()) yield chunk;
  }
  tar.finish(size);
}

async function* fromHost(
  view: View,
  each: Candidate & { readonly kind: "file" },
  tar: TarStream,
  copied: CopiedFiles,
): AsyncGenerator<Buffer> {
  const file = await openInside(view.root, each.path);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw changed(each.path);
    const options = { mode: each.executable ? 0o755 : 0o644, time: Math.max(1, Math.trunc(stats.mtimeMs / 1000)) };
    const held = stats.size <= WHOLE_OBJECT ? await file.readFile() : null;
    const size = held?.length ?? stats.size;
    const hash = hashOf(view, size);
    copied.bytes += size;
    if (held !== null) {
      copied.findings.push(...scanContent(pathText(each.path), held));
      hash.update(held);
      tar.file(each.path, held, options);
    } else yield* inPieces(tar, each.path, size, hashedPieces(file, each.path, size, hash), options);
    copied.overlay.set(each.path, `${each.executable ? "100755" : "100644"} ${hash.digest("hex")}`);
  } finally {
    await file.close();
  }
}

/**
 * Opens a file of the work tree and makes sure that what was opened lies at that very path: a folder on the way could
 * become a link at any time, by a sandbox that works on the live tree.
 */
async function openInside(root: string, path: RawPath): Promise<FileHandle> {
  const where = hostPath(root, path);
  const file = await open(where, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      throw new CoopError("FILE_UNREADABLE", `\`${pathText(path)}\` cannot be copied into the workspace.`, {
        cause,
        mend: "Make it readable, or hide it in `.coopignore`.",
      });
    },
  );
  // Where the kernel does not say what a descriptor stands for, the path is resolved once more.
  const opened = await readlink(`/proc/self/fd/${file.fd}`, "buffer").catch(() => realpath(where, "buffer"));
  if (opened.equals(where)) return file;
  await file.close();
  throw changed(path);
}

async function* hashedPieces(file: FileHandle, path: RawPath, size: number, hash: Hash): AsyncGenerator<Buffer> {
  let left = size;
  while (left > 0) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(left, 1024 * 1024)));
    if (bytesRead === 0) throw changed(path);
    const piece = buffer.subarray(0, bytesRead);
    left -= bytesRead;
    hash.update(piece);
    yield piece;
  }
}

/** The start of the hash that git names a blob of this size by. */
function hashOf(view: View, size: number): Hash {
  return createHash(view.repository.objectFormat).update(`blob ${size}\0`);
}

function belowLink(links: ReadonlySet<string>, path: RawPath): boolean {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
    if (links.has(path.slice(0, at))) return true;
  return false;
}

function changed(path: RawPath): CoopError {
  return new CoopError("FILE_UNREADABLE", `\`${pathText(path)}\` changed while it was copied.`, {
    mend: "Run the command again.",
  });
}
