import { Readable } from "node:stream";
import type { SecretFinding } from "../secrets/scan-content.ts";
import { gitFolder } from "./git-folder.ts";
import { packView } from "./pack.ts";
import { TarStream } from "./tar-stream.ts";
import type { TarOwner } from "./tar-blocks.ts";
import { fileTime } from "./view.ts";
import type { View } from "./view.ts";
import type { ViewOrigin } from "./view-origin.ts";
import { viewOrigin } from "./view-origin.ts";
import { workTreeFiles } from "./work-tree-files.ts";
import type { CopiedFiles } from "./work-tree-files.ts";

/** A view on its way into a sandbox. */
export interface ViewTar {
  /** An uncompressed tar whose entries are relative to the workspace's root and carry the owner. */
  readonly stream: Readable;
  /** Settles when the stream has ended: what the host must remember, and what looks like a secret. Rejects as the stream fails. */
  readonly done: Promise<{
    readonly origin: ViewOrigin;
    readonly findings: readonly SecretFinding[];
    readonly files: number;
    readonly bytes: number;
  }>;
}

/** Starts producing the view. Nothing is unpacked on the host: contents go from git's packs and the work tree into the stream. */
export function viewTar(view: View, owner: TarOwner, signal: AbortSignal): ViewTar {
  const copied: CopiedFiles = { sizes: new Map(), overlay: new Map(), findings: [], bytes: 0 };
  const stream = Readable.from(produce(view, owner, copied, signal), {
    objectMode: false,
    highWaterMark: 4 * 1024 * 1024,
  });
  const done = new Promise<void>((resolve, reject) => {
    stream.once("end", resolve);
    stream.once("error", reject);
    stream.once("close", () => reject(new Error("the view's stream was closed before its end")));
  }).then(() => ({
    origin: viewOrigin(view, copied.overlay),
    findings: copied.findings,
    files: view.files.length,
    bytes: copied.bytes,
  }));
  // Whoever reads the stream hears of the failure there; `done` may be ignored.
  done.catch(() => undefined);
  return { stream, done };
}

async function* produce(view: View, owner: TarOwner, copied: CopiedFiles, signal: AbortSignal): AsyncGenerator<Buffer> {
  const packs = packView(view, signal);
  packs.catch(() => undefined);
  const tar = new TarStream(owner);
  tar.folder("", fileTime(view));
  yield* workTreeFiles(view, tar, copied, signal);
  yield* gitFolder(view, tar, await packs, copied);
  tar.end();
  yield* tar.ready();
}
