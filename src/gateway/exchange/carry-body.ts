import type { Duplex, Readable, Writable } from "node:stream";
import { flow } from "../flow.ts";
import { type Share, UNSHARED } from "../turns.ts";

/** `whole` = all of it has been taken. */
export type BodyEnd = "whole" | "upstream-broke" | "client-left";

/**
 * Carries a body through its stages to the client, with backpressure; where it breaks off anywhere, all of them are destroyed.
 * What `stream.pipeline` does, at a fraction of what that allocates: it is done for every answer.
 */
export function carryBody(body: Readable, stages: readonly Duplex[], client: Writable, share: Share): Promise<BodyEnd> {
  return new Promise((resolve) => {
    let over = false;
    const broken = (end: BodyEnd): void => {
      if (over) return;
      over = true;
      // With an error, or HTTP/2 would take it for the end of the answer.
      const error = new Error(end);
      for (const each of [body, ...stages, client]) each.destroy(error);
      resolve(end);
    };
    const upstreamBroke = (): void => broken("upstream-broke");
    client.once("finish", () => {
      over = true;
      resolve("whole");
    });
    onFailure(
      client,
      () => client.writableFinished,
      () => broken("client-left"),
    );
    // A stream of HTTP/2 that its client has reset is ended, and so finished, behind this.
    client.once("aborted", () => broken("client-left"));
    for (const each of [body, ...stages]) onFailure(each, () => each.readableEnded, upstreamBroke);
    let from = body;
    let first = share;
    for (const to of [...stages, client]) {
      flow(from, to, first);
      // What is not read goes through no stage either.
      first = UNSHARED;
      // Only a client is no stage, and nothing comes behind it.
      from = to as Duplex;
    }
  });
}

/** Errors are heard for as long as the stream lives: one that comes late is nobody's surprise. */
function onFailure(stream: Readable | Writable, done: () => boolean, failed: () => void): void {
  stream.on("error", failed);
  stream.once("close", () => {
    if (!done()) failed();
  });
  if (stream.destroyed && !done()) failed();
}
