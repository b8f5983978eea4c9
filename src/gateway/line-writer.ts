import { write } from "node:fs";

/** Takes lines without ever making the caller wait. */
export interface LineWriter {
  write(line: string): void;
  /** Resolves when everything taken so far is written. */
  flush(): Promise<void>;
}

const QUEUE_LIMIT_CHARS = 1_000_000;
const BATCH_CHARS = 64 * 1024;
const RETRY_MS = 20;
/** A write is worth several lines: each takes a turn of its own, and a thread. */
const GATHERED_MS = 10;

/**
 * Lines to a file descriptor through a bounded queue. `process.stdout` blocks the whole process when a pipe is not
 * read; here a stuck reader costs only lines, and how many is said as soon as one can be written.
 */
export function lineWriter(descriptor: number): LineWriter {
  let queue: string[] = [];
  let queued = 0;
  let dropped = 0;
  let writing = false;
  let waiters: (() => void)[] = [];

  const next = (): void => {
    if (dropped > 0 && queued < QUEUE_LIMIT_CHARS) {
      queue.push(`${JSON.stringify({ event: "lines-dropped", count: dropped })}\n`);
      dropped = 0;
    }
    if (queue.length === 0) {
      writing = false;
      for (const waiter of waiters) waiter();
      waiters = [];
      return;
    }
    writing = true;
    let batch = "";
    let taken = 0;
    while (taken < queue.length && batch.length < BATCH_CHARS) batch += queue[taken++];
    queue = queue.slice(taken);
    queued = Math.max(0, queued - batch.length);
    writeWhole(descriptor, Buffer.from(batch, "utf8"), next);
  };

  return {
    write(line) {
      if (queued > QUEUE_LIMIT_CHARS) {
        dropped += 1;
        return;
      }
      queue.push(`${line}\n`);
      queued += line.length + 1;
      if (writing) return;
      writing = true;
      setTimeout(next, GATHERED_MS);
    },
    flush: () => (writing ? new Promise((resolve) => waiters.push(resolve)) : Promise.resolve()),
  };
}

function writeWhole(descriptor: number, bytes: Buffer, done: () => void): void {
  if (bytes.length === 0) return done();
  write(descriptor, bytes, (error, written) => {
    if (error?.code === "EAGAIN") setTimeout(() => writeWhole(descriptor, bytes, done), RETRY_MS);
    else if (error !== null) done();
    else writeWhole(descriptor, bytes.subarray(written), done);
  });
}
