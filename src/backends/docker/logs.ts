import type Dockerode from "dockerode";
import { engineCall } from "./engine-errors.ts";

/** The newest lines of a container's output, both streams, oldest first. */
export async function lastLines(container: Dockerode.Container, count: number): Promise<readonly string[]> {
  const bytes = await engineCall("read its log", () =>
    container.logs({ stdout: true, stderr: true, follow: false, tail: count }),
  );
  return framesOf(bytes)
    .toString("utf8")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}

/**
 * The payload of Docker's multiplexed stream: 8 bytes of head (stream, three zeros, length big-endian) before each
 * frame. Bytes that are no such frame (a terminal's output) are taken as they are.
 */
export function framesOf(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const stream = bytes[at] ?? 255;
    if (stream > 2 || bytes.readUIntBE(at + 1, 3) !== 0) return at === 0 ? bytes : Buffer.concat(parts);
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts);
}
