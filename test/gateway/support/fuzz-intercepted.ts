import { createServer } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { expect } from "vitest";
import { hear, opened, tunnel } from "./clients.ts";
import { inLanes, mutated, randomOf } from "./fuzz.ts";
import { END_HEADERS, END_STREAM, FRAME, PREFACE, frame, headers, settings } from "./h2-frames.ts";
import { clientHello } from "./hello.ts";
import { LANES, shoot } from "./lanes.ts";
import { type ShootingRange, aRange } from "./shooting-range.ts";
import { eventually, listening } from "./world.ts";

export const INTERCEPTED = ["HTTP/2 frames", "TLS records", "requests in TLS"] as const;
export type InterceptedTarget = (typeof INTERCEPTED)[number];

/** How many are under way at once. */
const AT_ONCE = 16;
const PATIENCE_MS = 150;

/**
 * Sends mutations of good input to a gateway that reads TLS, for a time. Afterwards it must work, must have met no error of its
 * own, must hold nothing any more, and its upstream must have seen nothing but what the rules allow. Gives how many were sent.
 */
export async function fuzzIntercepted(target: InterceptedTarget, durationMs: number, seed: number): Promise<number> {
  const rules = [{ name: "api", methods: ["GET", "POST"], paths: ["/ok/**"] }];
  const range = await aRange(rules, null, { timeouts: { openingMs: 1000, headMs: 300, keepAliveMs: 100 } });
  const random = randomOf(seed);
  const corpus = await corpusOf(target, range);
  const deadline = performance.now() + durationMs;
  let sent = 0;
  await inLanes(AT_ONCE, deadline, () => {
    sent += 1;
    return send(target, range, mutated(corpus[random(corpus.length)] ?? Buffer.alloc(0), random));
  });
  const { world, seen } = range;
  expect(world.lines().filter((line) => /failed|internal/.test(String(line["event"])))).toEqual([]);
  const wrong = seen.filter(
    ({ method, url, host }) =>
      !/^(?:GET|POST)$/.test(method) || !/^\/ok\/[^/]?/.test(url) || host !== `api.test:${range.httpsPort}`,
  );
  expect(wrong).toEqual([]);
  await eventually(() => world.gateway().liveConnections() === 0, 30_000);
  for (const [index, lane] of LANES.entries()) {
    const url = `/ok/after-${index}`;
    // A busy machine may be later than the short patience for heads.
    await eventually(async () => {
      await shoot(range, lane, { target: url }).catch(() => undefined);
      return seen.some((each) => each.url === url);
    });
  }
  return sent;
}

async function send(target: InterceptedTarget, range: ShootingRange, bytes: Buffer): Promise<void> {
  const { socket, head } = await tunnel(range.forwarder.proxyPort, `api.test:${range.httpsPort}`).catch(() => ({
    socket: null,
    head: "",
  }));
  // Under this load the short patience for heads may be over before the tunnel is asked for.
  if (socket === null || !head.startsWith("HTTP/1.1 200 ")) return;
  socket.on("error", () => undefined);
  if (target === "TLS records") {
    socket.write(bytes);
    await hear(socket, PATIENCE_MS);
    return;
  }
  const protocol = target === "HTTP/2 frames" ? "h2" : "http/1.1";
  const tls = tlsConnect({ socket, servername: "api.test", ca: range.root, ALPNProtocols: [protocol] });
  tls.on("error", () => undefined);
  tls.write(bytes);
  await hear(tls, PATIENCE_MS);
}

async function corpusOf(target: InterceptedTarget, range: ShootingRange): Promise<readonly Buffer[]> {
  const authority = `api.test:${range.httpsPort}`;
  switch (target) {
    case "HTTP/2 frames":
      return h2Corpus(authority);
    case "TLS records":
      return tlsCorpus();
    case "requests in TLS":
      return [
        `GET /ok/x HTTP/1.1\r\nHost: ${authority}\r\n\r\nGET /no HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
        `POST /ok/x HTTP/1.1\r\nHost: ${authority}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
        `GET /ok/x HTTP/1.1\r\nHost: ${authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nframes`,
        `POST /ok/x HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello`,
      ].map((text) => Buffer.from(text, "latin1"));
  }
}

function h2Corpus(authority: string): readonly Buffer[] {
  const fields = (method: string, path: string): [string, string][] => [
    [":method", method],
    [":scheme", "https"],
    [":authority", authority],
    [":path", path],
  ];
  const open = Buffer.concat([PREFACE, settings([[4, 65_535]])]);
  const get = headers(1, fields("GET", "/ok/x"));
  const post = Buffer.concat([
    headers(1, [...fields("POST", "/ok/x"), ["content-length", "5"]], END_HEADERS),
    frame(FRAME.data, END_STREAM, 1, Buffer.from("hello")),
  ]);
  const split = Buffer.concat([
    headers(1, fields("GET", "/ok/x"), END_STREAM),
    frame(FRAME.continuation, END_HEADERS, 1, Buffer.alloc(0)),
  ]);
  const webSocket = headers(1, [...fields("CONNECT", "/ok/x"), [":protocol", "websocket"]], END_HEADERS);
  const noise = Buffer.concat([
    frame(FRAME.ping, 0, 0, Buffer.alloc(8, 1)),
    frame(FRAME.windowUpdate, 0, 0, Buffer.from([0, 0, 1, 0])),
    frame(FRAME.priority, 0, 1, Buffer.from([0, 0, 0, 0, 16])),
    frame(FRAME.rstStream, 0, 1, Buffer.from([0, 0, 0, 8])),
    frame(FRAME.goaway, 0, 0, Buffer.alloc(8)),
  ]);
  const two = Buffer.concat([get, headers(3, fields("GET", "/no")), headers(5, fields("POST", "/ok/y"))]);
  return [get, post, split, webSocket, two, Buffer.concat([get, noise])].map((each) => Buffer.concat([open, each]));
}

/** What a real client says first, alone and with records behind it. */
async function tlsCorpus(): Promise<readonly Buffer[]> {
  const real = await new Promise<Buffer>((resolve) => {
    const server = createServer((socket) => socket.once("data", resolve));
    void listening(server).then(async (port) => {
      const socket = await opened({ host: "127.0.0.1", port });
      const tls = tlsConnect({ socket, servername: "api.test", ALPNProtocols: ["h2", "http/1.1"] });
      tls.on("error", () => undefined);
    });
  });
  const made = clientHello({ names: ["api.test"] });
  const record = (type: number, body: Buffer): Buffer => {
    const head = Buffer.from([type, 3, 3, 0, 0]);
    head.writeUInt16BE(body.length, 3);
    return Buffer.concat([head, body]);
  };
  const behind = [record(20, Buffer.from([1])), record(21, Buffer.from([1, 0])), record(23, Buffer.alloc(64, 7))];
  return [
    real,
    made,
    clientHello({ names: ["api.test"], recordBytes: 40 }),
    Buffer.concat([real, ...behind]),
    Buffer.concat([made, real]),
  ];
}
