import { type Duplex, type Readable, Transform, type Writable } from "node:stream";
import type { Share } from "./turns.ts";

/**
 * Carries chunks from one stream to another, with backpressure and in the turns of the sandbox that they belong to. Says the end
 * on; failures are the caller's. Gives how to stop: what comes after that is thrown away.
 */
export function flow(from: Readable, to: Writable, share: Share): () => void {
  let full = false;
  let late = false;
  const goOn = (): void => {
    if (!full && !late) from.resume();
  };
  const drained = (): void => {
    full = false;
    goOn();
  };
  const turn = (): void => {
    late = false;
    goOn();
  };
  const end = (): void => void to.end();
  const data = (chunk: Buffer): void => {
    full = !to.write(chunk);
    late = !share.next(turn);
    if (full || late) from.pause();
  };
  from.once("end", end);
  to.on("drain", drained);
  from.on("data", data);
  return () => {
    from.off("end", end).off("data", data);
    to.off("drain", drained);
    full = false;
    late = false;
    from.resume();
  };
}

/** A stage of a pipeline that passes chunks in the turns of a sandbox. */
export function inTurns(share: Share): Duplex {
  return new Transform({
    transform: (chunk, _encoding, done) => {
      const pass = (): void => done(null, chunk);
      if (share.next(pass)) pass();
    },
  });
}
