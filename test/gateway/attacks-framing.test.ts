import { describe, expect, it } from "vitest";
import type { Guard } from "../../src/gateway/guards.ts";
import { END_HEADERS, END_STREAM, FRAME, PREFACE, frame, headers, settings } from "./support/h2-frames.ts";
import { type Lane, shoot, shootRaw } from "./support/lanes.ts";
import { LANES, aRange, hitLanes } from "./support/shooting-range.ts";

const RULES = [{ name: "api", methods: ["GET", "POST"], paths: ["/ok/**"] }] as const;
const H1: readonly Lane[] = ["http transparent", "http by CONNECT", "https transparent", "https by CONNECT"];

/** What must never be read as a request of its own. */
const HIDDEN = "GET /admin HTTP/1.1\r\nHost: api.test\r\n\r\n";
const CHUNKED_HIDDEN = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;

const POST = (lines: readonly string[], body: string): string =>
  ["POST /ok/ HTTP/1.1", "Host: AUTHORITY", ...lines, "", body].join("\r\n");

/** Two ends that read such bytes differently disagree on where a request ends. */
const SMUGGLED: readonly (readonly [name: string, bytes: string])[] = [
  ["Content-Length 0 and chunks", POST(["Content-Length: 0", "Transfer-Encoding: chunked"], CHUNKED_HIDDEN)],
  [
    "a short Content-Length and chunks",
    POST(["Content-Length: 4", "Transfer-Encoding: chunked"], `4\r\nabcd\r\n${CHUNKED_HIDDEN}`),
  ],
  ["chunks and then a Content-Length", POST(["Transfer-Encoding: chunked", "Content-Length: 0"], CHUNKED_HIDDEN)],
];

it.for(SMUGGLED)("%s come through without the guard framing alone", async ([, bytes]) => {
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(RULES, off, { timeouts: { headMs: 1500, keepAliveMs: 500 } });
    return hitLanes(
      range,
      H1,
      (lane) => shootRaw(range, lane, named(range, lane, bytes)),
      (seen) => seen.some(({ url }) => url === "/admin"),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack("framing")).toEqual(H1);
});

/** Bytes with more than one reading. None of them reaches the upstream in any form but the one that was judged. */
const MALFORMED: readonly (readonly [name: string, bytes: string])[] = [
  ["two Content-Lengths", POST(["Content-Length: 0", `Content-Length: ${HIDDEN.length}`], HIDDEN)],
  ["two equal Content-Lengths", POST(["Content-Length: 0", "Content-Length: 0"], HIDDEN)],
  ["a list of lengths", POST([`Content-Length: 0, ${HIDDEN.length}`], HIDDEN)],
  ["a length with a sign", POST([`Content-Length: +${HIDDEN.length}`], HIDDEN)],
  ["a negative length", POST(["Content-Length: -1"], HIDDEN)],
  ["a length in hex", POST(["Content-Length: 0x10"], HIDDEN)],
  ["a length with a space inside", POST(["Content-Length: 1 0"], HIDDEN)],
  ["a length that overflows", POST(["Content-Length: 99999999999999999999"], HIDDEN)],
  ["two Transfer-Encodings", POST(["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED_HIDDEN)],
  ["an unknown coding behind chunked", POST(["Transfer-Encoding: chunked, x"], CHUNKED_HIDDEN)],
  ["an unknown coding", POST(["Transfer-Encoding: xchunked"], CHUNKED_HIDDEN)],
  ["chunked with a vertical tab", POST(["Transfer-Encoding: \x0bchunked"], CHUNKED_HIDDEN)],
  ["chunked in quotes", POST([`Transfer-Encoding: "chunked"`], CHUNKED_HIDDEN)],
  ["chunked twice in one header", POST(["Transfer-Encoding: chunked, chunked"], CHUNKED_HIDDEN)],
  ["chunked and identity", POST(["Transfer-Encoding: identity, chunked"], CHUNKED_HIDDEN)],
  ["a space before the colon", POST(["Transfer-Encoding : chunked", "Content-Length: 0"], CHUNKED_HIDDEN)],
  ["a folded header", POST(["Transfer-Encoding:", " chunked", "Content-Length: 0"], CHUNKED_HIDDEN)],
  ["a header that begins with a space", POST([" Transfer-Encoding: chunked", "Content-Length: 0"], CHUNKED_HIDDEN)],
  ["a header without a colon", POST(["Transfer-Encoding", "Content-Length: 0"], CHUNKED_HIDDEN)],
  ["a header without a name", POST([": x", "Content-Length: 0"], HIDDEN)],
  ["a NUL in a header", POST(["X: a\0b", "Content-Length: 0"], HIDDEN)],
  [
    "a bare carriage return in a header",
    POST(["X: a\rTransfer-Encoding: chunked", "Content-Length: 0"], CHUNKED_HIDDEN),
  ],
  ["a bare line feed in a header", POST(["X: a\nTransfer-Encoding: chunked", "Content-Length: 0"], CHUNKED_HIDDEN)],
  ["bare line feeds", POST(["Content-Length: 0"], HIDDEN).replaceAll("\r\n", "\n")],
  ["a chunk size with a sign", POST(["Transfer-Encoding: chunked"], `+0\r\n\r\n${HIDDEN}`)],
  ["a chunk size in 0x", POST(["Transfer-Encoding: chunked"], `0x0\r\n\r\n${HIDDEN}`)],
  ["a chunk size that overflows", POST(["Transfer-Encoding: chunked"], `10000000000000000\r\n${HIDDEN}`)],
  ["a chunk that ends in a bare line feed", POST(["Transfer-Encoding: chunked"], `1\na\n0\n\n${HIDDEN}`)],
  ["a chunk longer than it says", POST(["Transfer-Encoding: chunked"], `1\r\nabc\r\n0\r\n\r\n`)],
  ["a chunk extension with a line feed", POST(["Transfer-Encoding: chunked"], `1;a\nb\r\na\r\n0\r\n\r\n`)],
  ["chunks in HTTP/1.0", POST(["Transfer-Encoding: chunked"], CHUNKED_HIDDEN).replace("HTTP/1.1", "HTTP/1.0")],
  ["another version", POST(["Content-Length: 0"], HIDDEN).replace("HTTP/1.1", "HTTP/1.9")],
  ["no version", "GET /ok/\r\n\r\n"],
  ["two spaces in the request line", POST(["Content-Length: 0"], "").replace(" /ok/", "  /ok/")],
  ["a tab in the request line", POST(["Content-Length: 0"], "").replace(" /ok/", "\t/ok/")],
];

it.for(MALFORMED)("%s never become a second request", async ([, bytes]) => {
  const range = await aRange(RULES, null, { timeouts: { headMs: 500, keepAliveMs: 100 } });
  const through = await hitLanes(
    range,
    H1,
    (lane) => shootRaw(range, lane, named(range, lane, bytes)),
    (seen) => seen.some(({ url, method }) => url !== "/ok/" || method !== "POST") || seen.length > 1,
  );
  expect(through).toEqual([]);
});

it.for([
  [
    "h2c",
    [
      ["Connection", "Upgrade, HTTP2-Settings"],
      ["Upgrade", "h2c"],
      ["HTTP2-Settings", "AAMAAABkAAQAAP__"],
    ],
    /http2-settings/i,
  ],
  ["the proxy's password", [["Proxy-Authorization", "Basic eA=="]], /proxy-authorization/i],
  [
    "what Connection names",
    [
      ["Connection", "X-Inner"],
      ["X-Inner", "1"],
    ],
    /x-inner/i,
  ],
  ["Keep-Alive", [["Keep-Alive", "timeout=9999"]], /keep-alive/i],
] as const)("%s comes through without the guard hop-headers alone", async ([, sent, name]) => {
  const lanes = H1;
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(RULES, off);
    return hitLanes(
      range,
      lanes,
      (lane) => shoot(range, lane, { target: "/ok/", headers: sent }),
      (seen) => seen.some(({ rawHeaders }) => rawHeaders.some((text, at) => at % 2 === 0 && name.test(text))),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack("hop-headers")).toEqual(lanes);
});

describe("frames of HTTP/2", () => {
  const honest: readonly (readonly [string, string])[] = [
    [":method", "POST"],
    [":scheme", "https"],
    [":authority", "AUTHORITY"],
    [":path", "/ok/"],
  ];
  const without = (name: string): readonly (readonly [string, string])[] => honest.filter(([each]) => each !== name);
  const instead = (name: string, value: string): readonly (readonly [string, string])[] =>
    honest.map((each) => (each[0] === name ? [name, value] : each));

  /** Header fields that an upstream of HTTP/1.1 would read as something else than what was judged. */
  it.for([
    ["a line feed in a value", [...honest, ["x", "a\r\nTransfer-Encoding: chunked"]]],
    ["a second request in a value", [...honest, ["x", `a\r\n\r\n${HIDDEN}`]]],
    ["a NUL in a value", [...honest, ["x", "a\0b"]]],
    ["a line feed in a name", [...honest, ["x: y\r\nz", "a"]]],
    ["a colon in a name", [...honest, ["transfer-encoding: chunked\r\nx", "a"]]],
    ["a space in a name", [...honest, ["transfer-encoding ", "chunked"]]],
    ["a name in capitals", [...honest, ["Transfer-Encoding", "chunked"]]],
    ["an empty name", [...honest, ["", "chunked"]]],
    ["transfer-encoding", [...honest, ["transfer-encoding", "chunked"]]],
    ["connection", [...honest, ["connection", "x"]]],
    ["upgrade", [...honest, ["upgrade", "websocket"]]],
    ["keep-alive", [...honest, ["keep-alive", "timeout=1"]]],
    ["proxy-connection", [...honest, ["proxy-connection", "x"]]],
    ["te that is not trailers", [...honest, ["te", "chunked"]]],
    ["two content-lengths", [...honest, ["content-length", "0"], ["content-length", "5"]]],
    ["a content-length with a sign", [...honest, ["content-length", "+0"]]],
    ["a content-length that is a lie", [...honest, ["content-length", "40"]]],
    ["a path with a request line", instead(":path", `/ok/ HTTP/1.1\r\nHost: x\r\n\r\n${HIDDEN}`)],
    ["a path with a space", instead(":path", "/ok/ HTTP/1.1")],
    ["a path with a tab", instead(":path", "/ok/\tx")],
    ["an empty path", instead(":path", "")],
    ["a path without a slash", instead(":path", "ok/")],
    ["an absolute path", instead(":path", "https://evil.test/ok/")],
    ["a star", instead(":path", "*")],
    ["a method with a request line", instead(":method", "GET /admin HTTP/1.1\r\nHost: x\r\n\r\nPOST")],
    ["a method with a space", instead(":method", "GET /admin")],
    ["a method in lower case", instead(":method", "post")],
    [
      "CONNECT without a protocol",
      [
        [":method", "CONNECT"],
        [":authority", "evil.test:443"],
      ],
    ],
    ["CONNECT to another protocol", [...instead(":method", "CONNECT"), [":protocol", "connect-ip"]]],
    ["a protocol without CONNECT", [...honest, [":protocol", "websocket"]]],
    ["another scheme", instead(":scheme", "http")],
    ["a scheme with a path in it", instead(":scheme", "https://evil.test/x?")],
    ["an authority with a user", instead(":authority", "x@AUTHORITY")],
    ["an authority with a path", instead(":authority", "AUTHORITY/x")],
    ["another port", instead(":authority", "api.test:1")],
    ["no authority", without(":authority")],
    ["no path", without(":path")],
    ["no method", without(":method")],
    ["no scheme", without(":scheme")],
    ["two paths", [...honest, [":path", "/admin"]]],
    ["two methods", [...honest, [":method", "GET"]]],
    ["two authorities", [...honest, [":authority", "evil.test"]]],
    ["a pseudo header behind a field", [...without(":path"), ["x", "y"], [":path", "/ok/"]]],
    ["an unknown pseudo header", [...honest, [":x", "y"]]],
    ["a status", [...honest, [":status", "200"]]],
  ] as const)("%s goes no further", async ([, fields]) => {
    const range = await aRange(RULES, null);
    const own = `api.test:${range.httpsPort}`;
    const written = fields.map(([name, value]) => [name, value.replace("AUTHORITY", own)] as const);
    const bytes = Buffer.concat([PREFACE, settings(), headers(1, written)]);
    await shootRaw(range, "h2 transparent", bytes);
    // A field that is none is left out by nghttp2; what else is wrong ends the stream.
    const left = fields.length === honest.length + 1 && !fields.at(-1)?.[0].startsWith(":");
    const seen = range.seen.map((each) => [each.method, each.url, ...each.rawHeaders].join(" "));
    expect(
      seen.filter((each) => !left || each !== `POST /ok/ Host ${own} Content-Length 0 Connection keep-alive`),
    ).toEqual([]);
    expect(seen.length).toBeLessThan(2);
    expect(range.world.lines().filter((line) => /failed|internal/.test(String(line["event"])))).toEqual([]);
  });

  it("a body longer than its content-length goes no further than that", async () => {
    const range = await aRange(RULES, null);
    const fields = honest.map(
      ([name, value]) => [name, value.replace("AUTHORITY", `api.test:${range.httpsPort}`)] as const,
    );
    const bytes = Buffer.concat([
      PREFACE,
      settings(),
      headers(1, [...fields, ["content-length", "4"]], END_HEADERS),
      frame(FRAME.data, END_STREAM, 1, Buffer.from(`abcd${HIDDEN}`)),
    ]);
    await shootRaw(range, "h2 transparent", bytes);
    expect(range.seen.filter(({ url }) => url === "/admin")).toEqual([]);
  });

  it("trailers of a request go nowhere", async () => {
    const range = await aRange(RULES, null);
    const fields = honest.map(
      ([name, value]) => [name, value.replace("AUTHORITY", `api.test:${range.httpsPort}`)] as const,
    );
    const bytes = Buffer.concat([
      PREFACE,
      settings(),
      headers(1, fields, END_HEADERS),
      frame(FRAME.data, 0, 1, Buffer.from("body")),
      headers(1, [
        ["x-http-method-override", "DELETE"],
        ["authorization", "mine"],
      ]),
    ]);
    await shootRaw(range, "h2 transparent", bytes);
    expect(range.seen).toHaveLength(1);
    expect(range.seen[0]?.rawHeaders.join(" ")).not.toMatch(/override|authorization/i);
  });
});

it("a request over every lane is one request, as it was sent", async () => {
  const range = await aRange(RULES, null);
  const lanes = LANES.filter((lane) => !lane.startsWith("WebSocket"));
  const through = await hitLanes(
    range,
    lanes,
    (lane) => shoot(range, lane, { target: "/ok/", headers: [["X-Own", "1"]] }),
    (seen) => seen.length === 1 && /x-own/i.test(seen[0]?.rawHeaders.join(" ") ?? ""),
  );
  expect(through).toEqual(lanes);
});

function named(range: { readonly httpPort: number; readonly httpsPort: number }, lane: Lane, bytes: string): string {
  const port = lane.startsWith("http ") ? range.httpPort : range.httpsPort;
  return bytes.replace("AUTHORITY", `api.test:${port}`);
}
