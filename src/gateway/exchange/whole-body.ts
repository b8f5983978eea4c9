import { Readable } from "node:stream";
import { UpstreamError } from "../upstream/upstream-error.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { ClientRequest } from "./client-request.ts";

/**
 * Reads a request's body to its end, within a limit and within what its sandbox may keep; null when it is longer. Rejects with
 * UpstreamError when the client goes before. What was kept is given back when the exchange calls `done`.
 */
export async function wholeBody(
  { end, identity }: ClientRequest,
  body: Readable,
  limitBytes: number,
  budget: ByteBudget,
): Promise<{ readonly bytes: Buffer; readonly done: () => void } | null> {
  end.continue();
  const chunks: Buffer[] = [];
  let size = 0;
  const done = (): void => budget.giveBack(identity, size);
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      // The bodies of clients are streams of bytes.
      const bytes = chunk as Buffer;
      if (size + bytes.length > limitBytes || !budget.take(identity, bytes.length)) {
        done();
        return null;
      }
      chunks.push(bytes);
      size += bytes.length;
    }
  } catch {
    done();
    throw new UpstreamError("unreachable", "the client left");
  }
  return { bytes: Buffer.concat(chunks), done };
}

export function readableOf(bytes: Buffer): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(bytes);
  stream.push(null);
  return stream;
}
