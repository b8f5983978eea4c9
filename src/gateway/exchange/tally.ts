import type { Readable } from "node:stream";

/** Counts what an exchange carried: the bytes of bodies. */
export class Tally {
  sent = 0;
  received = 0;

  /** From the sandbox. Call it in the same turn in which the stream is piped: counting makes it flow. */
  countSent(stream: Readable): void {
    stream.on("data", (chunk: Buffer) => (this.sent += chunk.length));
  }

  countReceived(stream: Readable): void {
    stream.on("data", (chunk: Buffer) => (this.received += chunk.length));
  }
}
