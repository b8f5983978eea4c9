import { type Duplex, Transform } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";
import { type LateDecoder, lateDecoder } from "./late-decoder.ts";
import type { Scrubber } from "./scrubber.ts";

/** A coding that can be undone. */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

const CODINGS: ReadonlyMap<string, Coding | null> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
  ["identity", null],
  ["", null],
]);

/** Nobody needs more, and each costs memory. */
const MOST_CODINGS = 2;

/** The codings that Content-Encoding names, in the order in which they were put on; null = one cannot be undone. */
export function codingsOf(contentEncoding: readonly string[]): readonly Coding[] | null {
  const found: Coding[] = [];
  for (const word of contentEncoding.flatMap((each) => each.split(","))) {
    const coding = CODINGS.get(word.trim().toLowerCase());
    if (coding === undefined) return null;
    if (coding !== null) found.push(coding);
  }
  return found.length > MOST_CODINGS ? null : found;
}

/** Streams to put between the upstream's body and the client: out comes the plain body, scrubbed. */
export function bodyStages(scrubber: Scrubber, codings: readonly Coding[]): readonly Duplex[] {
  const decoders = codings.toReversed().map(decoder);
  return [...decoders.map((each) => each.stream), scrubStage(scrubber, decoders[0]?.bytesIn ?? null)];
}

/** As much window as HTTP allows for (RFC 9659): more would be memory for the asking. */
const ZSTD_WINDOW_LOG = 23;

function decoder(coding: Coding): LateDecoder {
  switch (coding) {
    case "gzip":
      return lateDecoder(() => createGunzip());
    case "deflate":
      // It means zlib's format, and is often sent without zlib's header.
      return lateDecoder((first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()));
    case "br":
      return lateDecoder(() => createBrotliDecompress());
    case "zstd":
      return lateDecoder(() => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }));
  }
}

const BOMB_BYTES = 64 * 1024 * 1024;
const BOMB_RATIO = 2000;

/** `bytesIn` = how much was read in a coding so far; null = the body was plain. */
function scrubStage(scrubber: Scrubber, bytesIn: (() => number) | null): Transform {
  let bytesOut = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytesOut += chunk.length;
      if (bytesIn !== null && bytesOut > BOMB_BYTES && bytesOut > BOMB_RATIO * bytesIn())
        return done(new Error("the body grows beyond all measure when it is decoded"));
      const shown = scrubber.push(chunk);
      done(null, shown.length === 0 ? undefined : shown);
    },
    flush(done) {
      const shown = scrubber.end();
      done(null, shown.length === 0 ? undefined : shown);
    },
  });
}
