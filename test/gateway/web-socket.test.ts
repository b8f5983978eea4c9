import { createServer } from "node:http";
import { type IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { hear, say, until } from "./support/clients.ts";
import { WAYS, anUpstream, ask, intercepted } from "./support/intercepted.ts";
import { KEY, echoWebSockets, upgradeRequest } from "./support/web-socket.ts";
import { aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

const ONLY_WS = [{ methods: ["GET"], paths: ["/ws"] }];

describe.for(WAYS)("%s", (way) => {
  it.for([{}, { h2: false }] as const)("carries a WebSocket of HTTP/1.1 to an upstream of %j", async (speaks) => {
    const seen: IncomingMessage[] = [];
    const upstream = echoWebSockets(
      anUpstream((_request, response) => response.end("plain"), speaks),
      (request) => seen.push(request),
    );
    const at = await intercepted(upstream, ONLY_WS);
    const tls = await at.tls(way, ["http/1.1"]);
    tls.write(`${upgradeRequest(`api.test:${at.port}`, "/ws")}early `);
    const head = await until(tls, "early ");
    expect(head).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
    expect(head).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    tls.write("frames");
    expect(await until(tls, "frames")).toBe("frames");
    expect(seen.map((request) => request.url)).toEqual(["/ws"]);
    tls.end();
    await eventually(() => at.world.lines().some((line) => line["status"] === 101 && line["bytesSent"] === 12));
    await eventually(() => at.world.gateway().liveConnections() === 0);
  });

  it("carries a WebSocket of HTTP/2, judged as a GET", async () => {
    const seen: IncomingMessage[] = [];
    const upstream = echoWebSockets(
      anUpstream(() => undefined),
      (request) => seen.push(request),
    );
    const at = await intercepted(upstream, ONLY_WS);
    const session = await at.h2(way);
    await new Promise((resolve) => session.once("remoteSettings", resolve));
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
    const authority = `api.test:${at.port}`;
    const open = (path: string): ReturnType<typeof session.request> =>
      session.request({
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":scheme": "https",
        ":path": path,
        ":authority": authority,
        "sec-websocket-version": "13",
      });
    const stream = open("/ws");
    const status = await new Promise((resolve) => stream.once("response", (headers) => resolve(headers[":status"])));
    expect(status).toBe(200);
    stream.write("frames");
    expect(await new Promise((resolve) => stream.once("data", (chunk: Buffer) => resolve(chunk.toString())))).toBe(
      "frames",
    );
    expect(seen[0]?.method).toBe("GET");
    expect(seen[0]?.headers["sec-websocket-key"]).toMatch(/^.{22}==$/);
    stream.close();
    const refused = open("/other");
    const refusal = await new Promise((resolve) => refused.once("response", (headers) => resolve(headers[":status"])));
    expect(refusal).toBe(403);
    refused.close();
    expect(seen).toHaveLength(1);
    // The connection is left to others.
    expect((await ask(session, { ":authority": authority, ":path": "/x" })).status).toBe(403);
  });

  it("judges a WebSocket before anything of it goes out", async () => {
    const seen: IncomingMessage[] = [];
    const at = await intercepted(
      echoWebSockets(
        anUpstream(() => undefined),
        (request) => seen.push(request),
      ),
      ONLY_WS,
    );
    const tls = await at.tls(way, ["http/1.1"]);
    tls.write(upgradeRequest(`api.test:${at.port}`, "/admin"));
    const heard = await hear(tls);
    expect(heard.text).toMatch(/^HTTP\/1.1 403 /);
    expect(heard.text).toContain('"code":"path-not-allowed"');
    expect(seen).toEqual([]);
  });

  it("ends a WebSocket that the new rules forbid", async () => {
    const at = await intercepted(
      echoWebSockets(
        anUpstream(() => undefined),
        () => undefined,
      ),
      [{ paths: ["/ws"] }, { name: "rest", paths: ["/a"] }],
    );
    const tls = await at.tls(way, ["http/1.1"]);
    tls.write(upgradeRequest(`api.test:${at.port}`, "/ws"));
    await until(tls, "\r\n\r\n");
    await at.apply([{ name: "rest", paths: ["/a"] }]);
    expect((await hear(tls)).end).not.toBe("timeout");
  });
});

it("gives a client of HTTP/1.1 what an upstream answers instead of a WebSocket, and opens nothing", async () => {
  const requests: string[] = [];
  const at = await intercepted(
    anUpstream((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.writeHead(426, { upgrade: "h2c" });
      response.end("use POST");
    }),
  );
  const tls = await at.tls("explicit", ["http/1.1"]);
  const smuggled = `GET /smuggled HTTP/1.1\r\nHost: api.test:${at.port}\r\n\r\n`;
  tls.write(upgradeRequest(`api.test:${at.port}`, "/ws") + smuggled);
  const heard = await hear(tls);
  expect(heard.text).toMatch(/^HTTP\/1.1 426 /);
  expect(heard.text).toContain("use POST");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(requests).toEqual(["GET /ws"]);
});

const LIES = [
  [
    "another key's accept",
    "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
  ],
  ["no accept", "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
  [
    "another protocol",
    "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
  ],
] as const;

it.for(LIES)("opens nothing for an answer of 101 with %s", async ([, answer]) => {
  const { createServer: createTcpServer } = await import("node:net");
  const port = await listening(createTcpServer((socket) => socket.once("data", () => socket.write(answer))));
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port], protocol: "http" })] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const heard = await say(
    { host: "127.0.0.1", port: forwarder.proxyPort },
    upgradeRequest(`api.test:${port}`, `http://api.test:${port}/ws`),
  );
  expect(heard.text).toMatch(/^HTTP\/1.1 502 /);
});

it.for([
  ["POST", upgradeRequest("api.test:PORT", "/ws").replace("GET", "POST")],
  ["a body", upgradeRequest("api.test:PORT", "/ws", ["Content-Length: 3"])],
  ["chunks", upgradeRequest("api.test:PORT", "/ws", ["Transfer-Encoding: chunked"])],
  ["another version", upgradeRequest("api.test:PORT", "/ws").replace("Version: 13", "Version: 8")],
  ["two keys", upgradeRequest("api.test:PORT", "/ws", [`Sec-WebSocket-Key: ${KEY}`])],
  ["a key that is none", upgradeRequest("api.test:PORT", "/ws").replace(KEY, "x")],
] as const)("refuses a WebSocket with %s", async ([, request]) => {
  const seen: string[] = [];
  const at = await intercepted(
    echoWebSockets(
      anUpstream((got, response) => {
        seen.push(String(got.url));
        response.end();
      }),
      (got) => seen.push(String(got.url)),
    ),
  );
  const tls = await at.tls("transparent", ["http/1.1"]);
  tls.write(request.replaceAll("PORT", String(at.port)));
  expect((await hear(tls)).text).toMatch(/^HTTP\/1.1 400 /);
  expect(seen).toEqual([]);
});

it("judges a WebSocket over plain http, through the proxy and inside CONNECT", async () => {
  const seen: string[] = [];
  const port = await listening(echoWebSockets(createServer(), (request) => seen.push(String(request.url))));
  const rule = aRule({ ports: [port], protocol: "http", paths: ["/ws"] });
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [rule] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const proxy = { host: "127.0.0.1", port: forwarder.proxyPort };
  const denied = await say(proxy, upgradeRequest(`api.test:${port}`, `http://api.test:${port}/no`));
  expect(denied.text).toContain('"code":"path-not-allowed"');
  const { opened } = await import("./support/clients.ts");
  const socket = await opened(proxy);
  socket.write(`${upgradeRequest(`api.test:${port}`, `http://api.test:${port}/ws`)}hello`);
  expect(await until(socket, "hello")).toMatch(/^HTTP\/1.1 101 /);
  socket.destroy();
  expect(seen).toEqual(["/ws"]);
});

it("answers a question for another protocol than WebSocket as an ordinary request", async () => {
  const headers: unknown[] = [];
  const at = await intercepted(
    anUpstream((request, response) => {
      headers.push(request.headers.upgrade, request.headers["http2-settings"]);
      response.end("plain");
    }),
  );
  const tls = await at.tls("explicit", ["http/1.1"]);
  tls.write(
    `GET / HTTP/1.1\r\nHost: api.test:${at.port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
  );
  expect(await until(tls, "plain")).toMatch(/^HTTP\/1.1 200 /);
  expect(headers).toEqual([undefined, undefined]);
});
