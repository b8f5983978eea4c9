import type { Readable, Writable } from "node:stream";
import { flow } from "../flow.ts";
import type { Share } from "../turns.ts";

/**
 * Carries a request's body into an upstream with backpressure. When the upstream takes no more, the rest is thrown away: its
 * answer may still be on the way.
 */
export function pour(body: Readable, upstream: Writable, sent: (bytes: number) => void, share: Share): void {
  body.once("error", () => upstream.destroy());
  body.once("close", () => {
    if (!body.readableEnded) upstream.destroy();
  });
  // It broke off while the connection was made, and tells nobody again.
  if (body.destroyed && !body.readableEnded) return void upstream.destroy();
  body.on("data", (chunk: Buffer) => sent(chunk.length));
  const drop = flow(body, upstream, share);
  upstream.once("error", drop);
  upstream.once("close", drop);
}
