import { PassThrough, type Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import {
  brotliCompressSync,
  constants,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ResponseScrub } from "../../../src/gateway/credentials/response-scrub.ts";
import { secretFilter } from "../../../src/gateway/credentials/scrubber.ts";

const SECRET = "sk-real-0123456789abcdef";
const STARS = "*".repeat(SECRET.length);
const scrub = new ResponseScrub(secretFilter([SECRET]));

const CODINGS = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  "raw deflate": deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const satisfies Record<string, (bytes: Buffer) => Buffer>;

const codings = Object.keys(CODINGS) as readonly (keyof typeof CODINGS)[];

function inPieces(bytes: Buffer, size: number): PassThrough {
  const stream = new PassThrough();
  for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size));
  return stream.end();
}

async function read(contentEncoding: string, body: Readable): Promise<Buffer> {
  const head = scrub.head(["Content-Encoding", contentEncoding]);
  if (head.kind === "deny") throw new Error(head.detail);
  const shown = new PassThrough();
  const [bytes] = await Promise.all([buffer(shown), pipeline([body, ...head.body(), shown])]);
  return bytes;
}

describe("a body", () => {
  it.for(codings)("in %s is decoded and scrubbed, however it is cut", async (coding) => {
    const name = coding.replace("raw ", "");
    for (const size of [1, 7, 65536]) {
      const plain = `before ${SECRET} behind ${Buffer.from(`x${SECRET}`).toString("base64")} end`;
      const answer = (await read(name, inPieces(CODINGS[coding](Buffer.from(plain)), size))).toString();
      expect(answer).toContain(`before ${STARS} behind `);
      expect(answer).not.toContain(Buffer.from(SECRET.slice(2, -2)).toString("base64").slice(2, -2));
      expect(answer.endsWith(" end")).toBe(true);
    }
  });

  it.for(codings)("in %s without a secret is the plain body", async (coding) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 5000 }), async (bytes, size) => {
        const plain = Buffer.from(bytes);
        const answer = await read(coding.replace("raw ", ""), inPieces(CODINGS[coding](plain), size));
        expect(answer.equals(plain)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("in two codings is decoded twice, and in three it is refused", async () => {
    const twice = brotliCompressSync(gzipSync(SECRET));
    expect((await read("gzip, br", inPieces(twice, 3))).toString()).toBe(STARS);
    expect(scrub.head(["content-encoding", "gzip, br, gzip"])).toMatchObject({ kind: "deny" });
    expect(scrub.head(["content-encoding", "gzip", "Content-Encoding", "br, gzip"])).toMatchObject({ kind: "deny" });
  });

  it("that is cut off or is no such coding breaks off", async () => {
    const whole = gzipSync(Buffer.alloc(10_000, "abc"));
    await expect(read("gzip", inPieces(whole.subarray(0, -10), 9))).rejects.toThrow();
    await expect(read("br", inPieces(Buffer.from("no brotli at all"), 5))).rejects.toThrow();
    await expect(read("deflate", inPieces(Buffer.from("\x78 no deflate"), 5))).rejects.toThrow();
  });

  it("of nothing stays nothing", async () => {
    for (const coding of ["gzip", "deflate", "br", "zstd", "identity"])
      expect(await read(coding, inPieces(Buffer.alloc(0), 1))).toHaveLength(0);
  });

  it("that is a bomb breaks off, and never lies in memory", async () => {
    const bomb = brotliCompressSync(Buffer.alloc(128 * 1024 * 1024), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 5 },
    });
    const head = scrub.head(["Content-Encoding", "br"]);
    if (head.kind === "deny") throw new Error(head.detail);
    const sink = new PassThrough();
    let seen = 0;
    sink.on("data", (chunk: Buffer) => (seen += chunk.length));
    await expect(pipeline([inPieces(bomb, 65536), ...head.body(), sink])).rejects.toThrow("beyond all measure");
    expect(seen).toBeLessThan(70 * 1024 * 1024);
  });

  it("waits for its reader", async () => {
    const head = scrub.head(["Content-Encoding", "gzip"]);
    if (head.kind === "deny") throw new Error(head.detail);
    const [first, ...more] = [inPieces(gzipSync(Buffer.alloc(32 * 1024 * 1024, "ab")), 65536), ...head.body()];
    const last = more.reduce<Readable>((from, to) => from.pipe(to), first as Readable);
    await new Promise((resolve) => last.once("readable", resolve));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(last.readableLength + more.reduce((sum, each) => sum + each.readableLength, 0)).toBeLessThan(1024 * 1024);
    last.destroy();
  });

  it("that streams is passed on event by event, also compressed", async () => {
    const head = scrub.head(["Content-Encoding", "gzip"]);
    if (head.kind === "deny") throw new Error(head.detail);
    const gzip = createGzip();
    const shown = new PassThrough();
    const carried = pipeline([gzip, ...head.body(), shown]);
    for (const event of ["data: one\n\n", `data: ${SECRET}\n\n`, "data: sk\n\n"]) {
      gzip.write(event);
      gzip.flush();
      const [chunk] = (await new Promise((resolve) => shown.once("data", (...got) => resolve(got)))) as [Buffer];
      expect(chunk.toString()).toBe(event.replace(SECRET, STARS));
    }
    gzip.end();
    await carried;
  });
});

describe("a head", () => {
  it("shows a secret in no value, no name, no reason and no trailer", () => {
    const basic = Buffer.from(`x-access-token:${SECRET}`).toString("base64");
    const head = scrub.head([
      "X-Echo",
      `Bearer ${SECRET}`,
      `X-${SECRET}`,
      "1",
      "Location",
      `/?k=${SECRET}`,
      "Via",
      basic,
    ]);
    expect(head).toMatchObject({
      rawHeaders: [
        "X-Echo",
        `Bearer ${STARS}`,
        "Location",
        `/?k=${STARS}`,
        "Via",
        expect.stringContaining("**") as unknown,
      ],
    });
    expect(JSON.stringify(head)).not.toContain(basic.slice(22, -3));
    expect(scrub.trailers(["x-checksum", SECRET])).toEqual(["x-checksum", STARS]);
    expect(scrub.reason(`No ${SECRET}`)).toBe(`No ${STARS}`);
  });

  it("keeps the length of a plain body, and not that of one which is decoded", () => {
    const plain = ["Content-Length", "5", "Digest", "x", "ETag", '"a"'];
    expect(scrub.head(plain)).toMatchObject({ rawHeaders: plain });
    expect(scrub.head(["Content-Encoding", "identity", ...plain])).toMatchObject({
      rawHeaders: ["Content-Encoding", "identity", ...plain],
    });
    expect(scrub.head(["Content-Encoding", "gzip", ...plain])).toMatchObject({ rawHeaders: ["ETag", '"a"'] });
  });

  it("begins no session", () => {
    expect(scrub.head(["Set-Cookie", "session=1", "Sec-WebSocket-Extensions", "permessage-deflate"])).toMatchObject({
      rawHeaders: [],
    });
  });

  it.for([
    ["content-encoding", "compress"],
    ["content-encoding", "gzip, dcb"],
    ["Content_Encoding", "compress"],
    ["grpc-encoding", "gzip"],
    ["content-range", "bytes 0-4/10"],
    ["content-type", "multipart/byteranges; boundary=x"],
  ])("that makes the body unreadable is refused: %s: %s", (header) => {
    expect(scrub.head(header)).toMatchObject({ kind: "deny", code: "response-unreadable" });
  });
});

describe("a WebSocket", () => {
  function frame(opcode: number, payload: Buffer, final = true): Buffer {
    const { length } = payload;
    const head =
      length < 126
        ? Buffer.from([0, length])
        : length < 65536
          ? Buffer.from([0, 126, length >> 8, length & 255])
          : Buffer.from([0, 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (length >>> shift) & 255)]);
    head[0] = (final ? 0x80 : 0) | opcode;
    return Buffer.concat([head, payload]);
  }

  /** The messages that a client reads: opcode and payload of each, control frames apart. */
  function messages(bytes: Buffer): readonly (readonly [opcode: number, payload: string])[] {
    const found: (readonly [number, string])[] = [];
    let open: { opcode: number; parts: Buffer[] } | null = null;
    for (let at = 0; at < bytes.length;) {
      const [first = 0, second = 0] = bytes.subarray(at, at + 2);
      const short = second & 0x7f;
      const length =
        short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short;
      at += short === 127 ? 10 : short === 126 ? 4 : 2;
      const payload = bytes.subarray(at, at + length);
      at += length;
      const opcode = first & 0x0f;
      if (opcode >= 8) {
        found.push([opcode, payload.toString("latin1")]);
        continue;
      }
      if ((opcode === 0) !== (open !== null)) throw new Error("a message within a message");
      open ??= { opcode, parts: [] };
      open.parts.push(payload);
      if ((first & 0x80) === 0) continue;
      found.push([open.opcode, Buffer.concat(open.parts).toString("latin1")]);
      open = null;
    }
    return found;
  }

  async function carried(frames: Buffer, size = 65536): Promise<Buffer> {
    const shown = new PassThrough();
    const [bytes] = await Promise.all([buffer(shown), pipeline([inPieces(frames, size), scrub.websocket(), shown])]);
    return bytes;
  }

  it("carries messages as they are, and secrets in none of them, however the bytes and the frames are cut", async () => {
    const text = fc.array(fc.constantFrom("a", "sk-real-", SECRET, "x".repeat(200)), { maxLength: 6 });
    const message = fc.record({ text, cuts: fc.array(fc.nat(), { maxLength: 4 }), ping: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 5 }), fc.integer({ min: 1, max: 300 }), async (all, size) => {
        const frames = all.flatMap(({ text: words, cuts, ping }) => {
          const payload = Buffer.from(words.join(""));
          const places = [
            0,
            ...cuts.map((cut) => cut % (payload.length + 1)).toSorted((a, b) => a - b),
            payload.length,
          ];
          return places.slice(1).flatMap((end, at) => {
            const part = payload.subarray(places[at], end);
            const data = frame(at === 0 ? 1 : 0, part, at === places.length - 2);
            return ping ? [data, frame(9, Buffer.from("p"))] : [data];
          });
        });
        const read = messages(await carried(Buffer.concat(frames), size)).filter(([opcode]) => opcode === 1);
        expect(read.map(([, payload]) => payload)).toEqual(
          all.map((each) => each.text.join("").replaceAll(SECRET, STARS)),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("passes control frames on, and long frames in pieces", async () => {
    const long = Buffer.concat([Buffer.alloc(200_000, "x"), Buffer.from(SECRET), Buffer.alloc(100_000, "y")]);
    const frames = Buffer.concat([
      frame(2, long),
      frame(9, Buffer.from("ping")),
      frame(8, Buffer.from(`\x03\xe8${SECRET}`, "latin1")),
    ]);
    expect(messages(await carried(frames, 1000))).toEqual([
      [2, long.toString("latin1").replace(SECRET, STARS)],
      [9, "ping"],
      [8, `\x03\xe8${STARS}`],
    ]);
  });

  it("does not wait for the end of a long frame", async () => {
    const stage = scrub.websocket();
    stage.write(frame(2, Buffer.alloc(1_000_000, "x")).subarray(0, 200_000));
    await new Promise((resolve) => stage.once("readable", resolve));
    expect(stage.readableLength + (stage.read() as Buffer).length).toBeGreaterThan(64 * 1024);
  });

  it.for([
    ["compressed", [0xc1, 0]],
    ["masked", [0x81, 0x80, 0, 0, 0, 0]],
    ["of an unknown kind", [0x83, 0]],
    ["of control in parts", [0x09, 0]],
    ["of long control", [0x89, 126, 0, 126]],
    ["that go on with nothing", [0x80, 0]],
    ["that begin within a message", [0x01, 0, 0x81, 0]],
    ["without an end", [0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]],
  ] as const)("ends at frames %s", async ([, bytes]) => {
    await expect(carried(Buffer.from(bytes))).rejects.toThrow();
  });
});
