import type { Readable } from "node:stream";

/** A hundred credentials of 64 KiB each, and more than any project has. */
export const ADMIN_LINE_LIMIT = 8 * 1024 * 1024;

/** The first line of a stream, without its end; null when it ends before, fails, is late or is longer than the limit. */
export function readLine(stream: Readable, limitBytes: number, deadlineMs: number | null): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (line: string | null): void => {
      if (timer !== null) clearTimeout(timer);
      stream.off("data", take);
      stream.off("end", fail);
      stream.off("error", fail);
      stream.off("close", fail);
      stream.pause();
      resolve(line);
    };
    const fail = (): void => finish(null);
    const take = (chunk: Buffer): void => {
      const end = chunk.indexOf(0x0a);
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      size += chunks.at(-1)?.length ?? 0;
      if (size > limitBytes) return fail();
      if (end !== -1) finish(Buffer.concat(chunks).toString("utf8"));
    };
    const timer = deadlineMs === null ? null : setTimeout(fail, deadlineMs);
    stream.on("data", take);
    stream.on("end", fail);
    stream.on("error", fail);
    stream.on("close", fail);
    if (stream.destroyed) fail();
  });
}
