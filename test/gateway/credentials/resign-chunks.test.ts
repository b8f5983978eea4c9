import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { array, assert, asyncProperty, nat } from "fast-check";
import { describe, expect, it } from "vitest";
import { type Keep, resignChunks } from "../../../src/gateway/credentials/resign-chunks.ts";
import { signAws } from "../../../src/gateway/credentials/sign-aws.ts";

// The examples of AWS's documentation of chunked uploads: 66560 times the letter a, put as chunkObject.txt.
const REAL = {
  kind: "aws",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: null,
} as const;
const FAKE = "f".repeat(64);
const ROOM: Keep = { take: () => true, giveBack: () => undefined };

function head(more: readonly string[], signed: string): ReturnType<typeof signAws> {
  return signAws(
    {
      method: "PUT",
      authority: "s3.amazonaws.com",
      rawTarget: "/examplebucket/chunkObject.txt",
      rawHeaders: [
        ...["x-amz-storage-class", "REDUCED_REDUNDANCY", "Content-Encoding", "aws-chunked"],
        ...["x-amz-decoded-content-length", "66560", ...more],
      ],
      body: null,
      nowMs: Date.UTC(2013, 4, 24),
    },
    { accessKeyId: "", region: "us-east-1", service: "s3", signedHeaders: signed.split(";") },
    REAL,
  );
}

const PLAIN = head(
  ["Content-Length", "66824", "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"],
  "content-encoding;content-length;host",
);
const TRAILING = head(
  ["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "x-amz-trailer", "x-amz-checksum-crc32c"],
  "content-encoding;host",
);

const chunk = (content: string, signature = FAKE): string =>
  `${content.length.toString(16)};chunk-signature=${signature}\r\n${content}${content === "" ? "" : "\r\n"}`;

async function resigned(pieces: readonly string[], trailers = false, keep = ROOM): Promise<string> {
  const { chain } = (trailers ? TRAILING : PLAIN) ?? { chain: null };
  if (chain === null) throw new Error("it could not be signed");
  const source = Readable.from(pieces.map((each) => Buffer.from(each, "latin1")));
  return (await buffer(source.compose(resignChunks(chain, trailers, keep)))).toString("latin1");
}

describe("the chunks of AWS's own documentation", () => {
  const content = [chunk("a".repeat(65_536)), chunk("a".repeat(1024)), chunk("")].join("");

  it("are signed as it says", async () => {
    expect(PLAIN?.chain.seed).toBe("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    expect(await resigned([`${content}\r\n`])).toBe(
      [
        chunk("a".repeat(65_536), "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        chunk("a".repeat(1024), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        chunk("", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        "\r\n",
      ].join(""),
    );
  });

  it.for([
    ["lines", "x-amz-checksum-crc32c:sOO8/Q==\r\n"],
    ["a newline of their own", "x-amz-checksum-crc32c:sOO8/Q==\n\r\n"],
  ] as const)("are signed as it says, with a trailer in %s", async ([, trailer]) => {
    expect(TRAILING?.chain.seed).toBe("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    const sent = `${content}${trailer}x-amz-trailer-signature:${FAKE}\r\n\r\n`;
    expect(await resigned([sent], true)).toBe(
      [
        chunk("a".repeat(65_536), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
        chunk("a".repeat(1024), "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
        chunk("", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
        trailer,
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
      ].join(""),
    );
  });
});

it("gives the same, however the bytes are split on the way, and keeps nothing in the end", async () => {
  const sent = `${chunk("first\r\n;chunk")}${chunk("0")}${chunk("")}\r\n`;
  const whole = await resigned([sent]);
  expect(whole.length).toBe(sent.length);
  await assert(
    asyncProperty(array(nat(sent.length), { maxLength: 40 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), sent.length];
      const pieces = places.slice(1).map((to, at) => sent.slice(places[at], to));
      let kept = 0;
      const keep: Keep = {
        take: (bytes) => ((kept += bytes), true),
        giveBack: (bytes) => (kept -= bytes),
      };
      expect(await resigned(pieces, false, keep)).toBe(whole);
      expect(kept).toBe(0);
    }),
  );
});

it("sends a chunk as soon as it is whole, and asks for no more than its reader takes", async () => {
  const { chain } = PLAIN ?? {};
  if (chain === undefined) throw new Error("it could not be signed");
  const stage = resignChunks(chain, false, ROOM);
  stage.write(chunk("first"));
  expect(String(stage.read())).toContain("first");
  const large = Buffer.from(chunk("a".repeat(60_000)));
  let accepted = 0;
  while (stage.write(large) && accepted < 100) accepted += 1;
  // Nobody reads: it says so long before a hundred chunks are in memory.
  expect(accepted).toBeLessThan(5);
  stage.destroy();
});

it.for([
  ["a body without chunks", "just bytes\r\n", /begin with a size/],
  ["a chunk without a signature", "5\r\nfirst\r\n", /begin with a size/],
  ["an extension beside the signature", `5;a=b;chunk-signature=${FAKE}\r\nfirst\r\n`, /begin with a size/],
  ["a size of its own spelling", `+5;chunk-signature=${FAKE}\r\nfirst\r\n`, /begin with a size/],
  ["a chunk that is longer than it says", `4;chunk-signature=${FAKE}\r\nfirst\r\n`, /should end/],
  ["a chunk that nobody can keep", `1000001;chunk-signature=${FAKE}\r\n`, /16 MiB/],
  ["an endless line", "0".repeat(20_000), /too long/],
  ["no last chunk", chunk("first"), /in the middle/],
  ["half of a chunk", `5;chunk-signature=${FAKE}\r\nfir`, /in the middle/],
  ["something behind the last chunk", `${chunk("")}\r\nmore`, /behind its last chunk/],
  ["a trailer where none is", `${chunk("")}x-amz-meta:a\r\n\r\n`, /should end/],
] as const)("refuses %s", async ([, sent, why]) => {
  await expect(resigned([sent])).rejects.toThrow(why);
});

it.for([
  ["no signature of its trailers", `${chunk("")}x-amz-checksum-crc32:AAAA\r\n\r\n`],
  ["no trailers at all", chunk("")],
  ["what is no trailer", `${chunk("")}GET / HTTP/1.1\r\nx-amz-trailer-signature:${FAKE}\r\n\r\n`],
  ["endless trailers", `${chunk("")}${"a:b\r\n".repeat(99)}x-amz-trailer-signature:${FAKE}\r\n\r\n`],
] as const)("refuses %s where they are announced", async ([, sent]) => {
  await expect(resigned([sent], true)).rejects.toThrow(/trailer|checksum|should|middle/);
});

it("keeps no more than there is room for", async () => {
  const full: Keep = { take: (bytes) => bytes < 10, giveBack: () => undefined };
  await expect(resigned([chunk("more than ten bytes")], false, full)).rejects.toThrow(/too many bodies/);
});
