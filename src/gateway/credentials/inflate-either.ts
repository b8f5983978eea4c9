import { Duplex } from "node:stream";
import { type Inflate, type InflateRaw, createInflate, createInflateRaw } from "node:zlib";

/** `deflate` means zlib's format, and is often sent without zlib's header: the first byte tells which. */
export function inflateEither(): { readonly stream: Duplex; readonly bytesIn: () => number } {
  let inner: Inflate | InflateRaw | null = null;
  const start = (first: number): Inflate | InflateRaw => {
    const made = (first & 0x0f) === 8 ? createInflate() : createInflateRaw();
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
