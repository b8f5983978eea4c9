import { execFileSync } from "node:child_process";
import { fetchWork } from "../../../src/workspace/fetch/fetch-work.ts";
import type { FetchRequest } from "../../../src/workspace/fetch/fetch-work.ts";
import type { FetchedWork } from "../../../src/workspace/fetch/fetched-work.ts";
import { snapshotCommand, uploadPackCommand } from "../../../src/workspace/fetch/snapshot-command.ts";
import type { ViewRequest } from "../../../src/workspace/view/build-view.ts";
import { aRequest, unpackedView } from "./unpack-view.ts";
import type { Unpacked } from "./unpack-view.ts";

export interface Sandbox extends Unpacked {
  readonly fetch: (difference?: Partial<FetchRequest>) => Promise<FetchedWork>;
  /** Runs the snapshot as the helper container would. */
  readonly snapshot: () => void;
}

/** A repository's view, unpacked, with the way back: the sandbox is a folder, upload-pack runs on it directly. */
export async function aSandbox(root: string, difference: Partial<ViewRequest> = {}): Promise<Sandbox> {
  const request = aRequest(root, difference);
  const unpacked = await unpackedView(request);
  const upload = { command: uploadPackCommand(unpacked.folder), environment: {} };
  return {
    ...unpacked,
    fetch: (changed = {}) =>
      fetchWork(
        {
          host: request.host,
          root,
          project: "shop",
          agent: "coder",
          upload,
          origin: unpacked.origin,
          maxBytes: 1 << 30,
          ...changed,
        },
        new AbortController().signal,
      ),
    snapshot: () => {
      const [program = "", ...args] = snapshotCommand(unpacked.folder);
      execFileSync(program, args, { env: { PATH: process.env["PATH"] ?? "" }, stdio: "pipe" });
    },
  };
}
