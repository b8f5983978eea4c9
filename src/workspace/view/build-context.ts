import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { digestOf } from "../../graph/digest.ts";
import type { Digest } from "../../graph/digest.ts";
import { hostPath, pathText } from "../git/raw-path.ts";
import type { Candidate } from "./select-files.ts";
import { TarStream } from "./tar-stream.ts";
import { workTreeFiles } from "./work-tree-files.ts";
import type { CopiedFiles } from "./work-tree-files.ts";
import type { View } from "./view.ts";

/** The digest of what an image build would be sent: paths, modes and contents, but no times. */
export async function contextDigest(view: View): Promise<Digest> {
  const entries: (readonly [string, string])[] = [];
  // As many files at once as keep a disk busy, and far fewer than a process may open.
  for (let at = 0; at < view.files.length; at += AT_ONCE) {
    const some = view.files.slice(at, at + AT_ONCE);
    entries.push(
      ...(await Promise.all(some.map(async (each) => [pathText(each.path), await contentOf(view, each)] as const))),
    );
  }
  return digestOf(entries);
}

const AT_ONCE = 32;

/** The files of a view as a tar for an image build: what is hidden from a sandbox is hidden from its build, and no `.git`. */
export function contextTar(view: View, signal: AbortSignal): Readable {
  return Readable.from(produce(view, signal), { objectMode: false });
}

async function* produce(view: View, signal: AbortSignal): AsyncGenerator<Buffer> {
  const copied: CopiedFiles = { sizes: new Map(), overlay: new Map(), findings: [], bytes: 0 };
  const tar = new TarStream({ uid: 0, gid: 0 });
  try {
    yield* workTreeFiles(view, tar, copied, signal);
    tar.end();
    yield* tar.ready();
  } finally {
    await view.dispose();
  }
}

async function contentOf(view: View, each: Candidate): Promise<string> {
  switch (each.kind) {
    case "submodule":
      return "submodule";
    case "link":
      return `link ${each.target}`;
    case "file": {
      const mode = each.executable ? "x" : "-";
      return each.from.kind === "object" ? `${mode} ${each.from.oid}` : `${mode} ${await blobId(view, each)}`;
    }
  }
}

async function blobId(view: View, each: Candidate): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(hostPath(view.root, each.path)), hash);
  return hash.digest("hex");
}
