import type { Duplex } from "node:stream";
import { FRAME_LIMIT } from "./frames.ts";

/**
 * Takes one frame from the front of a paused stream and leaves what follows unread. Null when the stream ends, fails,
 * is late or announces more than a frame may hold. The caller keeps its own error handler on the stream.
 */
export function readFrame(stream: Duplex, deadlineMs: number): Promise<Buffer | null> {
  return new Promise((resolve) => {
    let length: number | null = null;
    const finish = (body: Buffer | null): void => {
      clearTimeout(timer);
      stream.off("readable", take);
      stream.off("end", fail);
      stream.off("close", fail);
      stream.off("error", fail);
      resolve(body);
    };
    const fail = (): void => finish(null);
    const take = (): void => {
      if (length === null) {
        // In byte mode a read gives a Buffer or nothing.
        const head = stream.read(2) as Buffer | null;
        if (head === null) return;
        if (head.length < 2) return fail();
        length = head.readUInt16BE(0);
        if (length === 0 || length > FRAME_LIMIT) return fail();
      }
      const body = stream.read(length) as Buffer | null;
      if (body === null) return;
      finish(body.length === length ? body : null);
    };
    const timer = setTimeout(fail, deadlineMs);
    stream.on("readable", take);
    stream.on("end", fail);
    stream.on("close", fail);
    stream.on("error", fail);
    if (stream.destroyed) return fail();
    take();
  });
}
