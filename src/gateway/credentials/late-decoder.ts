import { Duplex } from "node:stream";

/** A stream of zlib, with how many bytes it has taken. */
export interface Decoding extends Duplex {
  readonly bytesWritten: number;
}

export interface LateDecoder {
  readonly stream: Duplex;
  /** How many bytes of the coding were read so far. */
  readonly bytesIn: () => number;
}

/** A decoder that is chosen by the first byte, and that takes no bytes at all for an empty body. */
export function lateDecoder(choose: (firstByte: number) => Decoding): LateDecoder {
  let inner: Decoding | null = null;
  const start = (first: number): Decoding => {
    const made = choose(first);
    made.on("error", (error) => stream.destroy(error));
    made.on("end", () => stream.push(null));
    made.on("data", (bytes: Buffer) => {
      if (!stream.push(bytes)) made.pause();
    });
    return made;
  };
  const stream = new Duplex({
    read: () => void inner?.resume(),
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length === 0) return done();
      inner ??= start(chunk[0] ?? 0);
      inner.write(chunk, () => done());
    },
    final(done) {
      if (inner === null) stream.push(null);
      else inner.end();
      done();
    },
    destroy(error, done) {
      inner?.destroy();
      done(error);
    },
  });
  return { stream, bytesIn: () => inner?.bytesWritten ?? 0 };
}
