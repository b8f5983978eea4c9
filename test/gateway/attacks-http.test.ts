import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import type { Forwarder } from "../../src/gateway/forwarder/forwarder.ts";
import { hear, lookUp, opened, say, tunnel } from "./support/clients.ts";
import { type World, aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

let world: World;
let forwarder: Forwarder;
let port: number;
let seen: string[];

beforeEach(async () => {
  seen = [];
  const upstream = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`);
    request.resume();
    response.end("secret of the upstream");
  });
  port = await listening(upstream);
  const rules = [
    aRule({ name: "api", ports: [port], protocol: "http", methods: ["GET", "POST"], paths: ["/ok/**"] }),
    aRule({ name: "tls", host: { kind: "exact", name: "tls.test" }, ports: [port] }),
  ];
  world = await aWorld(aPolicy({ "agent/coder": { rules } }));
  for (const name of ["api.test", "tls.test", "evil.test"]) world.addresses.set(name, ["127.0.0.1"]);
  forwarder = await world.forwarder("agent/coder/0");
});

type Way = "transparent" | "inside CONNECT";

/** Says something on a connection to api.test, whichever way it was opened. */
async function inside(way: Way, bytes: string): Promise<string> {
  if (way === "inside CONNECT") {
    const { socket } = await tunnel(forwarder.proxyPort, `api.test:${port}`);
    socket.write(bytes, "latin1");
    return (await hear(socket)).text;
  }
  const found = await lookUp(forwarder.dnsPort, "api.test");
  const socket = await opened({ host: found.addresses[0] ?? "", port });
  socket.write(bytes, "latin1");
  return (await hear(socket)).text;
}

const H = (more = ""): string => `Host: api.test:PORT\r\n${more}\r\n`;
const MANY = Array.from({ length: 2100 }, () => "a:\r\n").join("");

const INSIDE = [
  ["another Host", "GET /ok/ HTTP/1.1\r\nHost: evil.test:PORT\r\n\r\n", 421],
  ["a Host without the port", "GET /ok/ HTTP/1.1\r\nHost: api.test\r\n\r\n", 421],
  ["a Host with another port", "GET /ok/ HTTP/1.1\r\nHost: api.test:81\r\n\r\n", 421],
  ["a Host with an odd port", "GET /ok/ HTTP/1.1\r\nHost: api.test:0PORT\r\n\r\n", 400],
  ["a Host with a user", "GET /ok/ HTTP/1.1\r\nHost: x@api.test:PORT\r\n\r\n", 400],
  ["no Host", "GET /ok/ HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", `GET /ok/ HTTP/1.1\r\nHost: api.test:PORT\r\n${H()}`, 400],
  ["two different Hosts", `GET /ok/ HTTP/1.1\r\nHost: evil.test:PORT\r\n${H()}`, 400],
  [
    "a second Host behind two thousand headers",
    `GET /ok/ HTTP/1.1\r\nHost: api.test:PORT\r\n${MANY}Host: evil.test:PORT\r\n\r\n`,
    400,
  ],
  ["a folded Host", `GET /ok/ HTTP/1.1\r\nX: y\r\n Host: evil.test\r\nHost: evil.test:PORT\r\n\r\n`, 400],
  ["a space before the colon", `GET /ok/ HTTP/1.1\r\nHost : api.test:PORT\r\n\r\n`, 400],
  ["absolute form", `GET http://api.test:PORT/ok/ HTTP/1.1\r\n${H()}`, 400],
  ["absolute form of another host", `GET http://evil.test:PORT/ok/ HTTP/1.1\r\n${H()}`, 400],
  ["CONNECT", `CONNECT evil.test:PORT HTTP/1.1\r\nHost: evil.test:PORT\r\n\r\n`, 403],
  ["CONNECT to the same host", `CONNECT api.test:PORT HTTP/1.1\r\n${H()}`, 403],
  ["a target of //host", `GET //evil.test/ok/ HTTP/1.1\r\n${H()}`, 403],
  ["a dot segment", `GET /ok/../no HTTP/1.1\r\n${H()}`, 403],
  ["an encoded dot segment", `GET /ok/%2e%2e/no HTTP/1.1\r\n${H()}`, 403],
  ["an encoded slash", `GET /ok/..%2fno HTTP/1.1\r\n${H()}`, 403],
  ["a doubly encoded slash", `GET /ok/..%252fno HTTP/1.1\r\n${H()}`, 403],
  ["a path parameter", `GET /ok/..;/no HTTP/1.1\r\n${H()}`, 403],
  ["a backslash", `GET /ok\\..\\no HTTP/1.1\r\n${H()}`, 403],
  ["another path", `GET /no HTTP/1.1\r\n${H()}`, 403],
  ["another method", `DELETE /ok/ HTTP/1.1\r\n${H()}`, 403],
  ["a method in lower case", `get /ok/ HTTP/1.1\r\n${H()}`, 400],
  [
    "a Content-Length and chunks",
    `POST /ok/ HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n${H()}0\r\n\r\n`,
    400,
  ],
  ["two Content-Lengths", `POST /ok/ HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n${H()}aaaa`, 400],
  ["a Content-Length with a sign", `POST /ok/ HTTP/1.1\r\nContent-Length: +4\r\n${H()}aaaa`, 400],
  ["an unknown Transfer-Encoding", `POST /ok/ HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n${H()}0\r\n\r\n`, 400],
  [
    "chunked twice",
    `POST /ok/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n${H()}0\r\n\r\n`,
    400,
  ],
  ["a bare line feed", `GET /ok/ HTTP/1.1\nHost: api.test:PORT\n\n`, 400],
  ["a head without an end", `GET /ok/ HTTP/1.1\r\nX: ${"a".repeat(17_000)}`, 400],
  ["HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  ["another protocol", "SSH-2.0-x\r\n", 400],
  ["HTTP/0.9", "GET /ok/\r\n\r\n", 400],
] as const;

describe.for(["transparent", "inside CONNECT"] as const)("%s", (way) => {
  it.for(INSIDE)("refuses %s", async ([, request, status]) => {
    const heard = await inside(way, request.replaceAll("PORT", String(port)));
    expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(heard).toMatch(/\{"code":"[a-z-]+","host":/);
    expect(heard).not.toContain("secret");
    expect(seen).toEqual([]);
  });

  it("judges what is pipelined behind an allowed request", async () => {
    const good = `GET /ok/1 HTTP/1.1\r\n${H()}`.replaceAll("PORT", String(port));
    const bad = `GET /no HTTP/1.1\r\n${H()}`.replaceAll("PORT", String(port));
    const heard = await inside(way, good + bad + good);
    expect(heard).toContain("secret");
    expect(heard).toContain("path-not-allowed");
    expect(seen.filter((line) => line.includes("/no"))).toEqual([]);
  });

  it("takes what is smuggled in a body for a body", async () => {
    const smuggled = `GET /no HTTP/1.1\r\nHost: evil.test\r\n\r\n`;
    const request = `POST /ok/1 HTTP/1.1\r\nContent-Length: ${smuggled.length}\r\nConnection: close\r\n${H()}${smuggled}`;
    expect(await inside(way, request.replaceAll("PORT", String(port)))).toContain("secret");
    expect(seen).toEqual([`POST /ok/1 api.test:${port}`]);
  });

  it("carries no header that speaks of the connection", async () => {
    const heads: string[] = [];
    const raw = createTcpServer((socket) => {
      socket.once("data", (chunk: Buffer) => {
        heads.push(chunk.toString("latin1"));
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
    });
    const rawPort = await listening(raw);
    await world.apply(aPolicy({ "agent/coder": { rules: [aRule({ ports: [rawPort], protocol: "http" })] } }));
    const hop =
      "Connection: close, X-Drop, Host, Cookie\r\nX-Drop: 1\r\nCookie: a=b\r\nProxy-Authorization: x\r\nUpgrade: websocket\r\nTE: trailers\r\n";
    const before = port;
    port = rawPort;
    await eventually(async () => (await lookUp(forwarder.dnsPort, "api.test")).addresses.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await inside(way, `GET /x HTTP/1.1\r\n${hop}${H()}`.replaceAll("PORT", String(rawPort)));
    port = before;
    expect(heads[0]).toMatch(
      new RegExp(`^GET /x HTTP/1.1\r\nHost: api.test:${rawPort}\r\nCookie: a=b\r\nConnection: keep-alive\r\n\r\n$`),
    );
  });
});

const EXPLICIT = [
  ["a name outside of the rules", "GET http://evil.test:PORT/ok/ HTTP/1.1\r\nHost: evil.test:PORT\r\n\r\n", 403],
  ["a Host that is not the target's", "GET http://api.test:PORT/ok/ HTTP/1.1\r\nHost: evil.test:PORT\r\n\r\n", 421],
  ["origin form", "GET /ok/ HTTP/1.1\r\nHost: api.test:PORT\r\n\r\n", 400],
  ["https in absolute form", "GET https://api.test:PORT/ok/ HTTP/1.1\r\nHost: api.test:PORT\r\n\r\n", 400],
  ["a user in the target", "GET http://api.test:PORT@evil.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n", 400],
  [
    "a fragment that hides the host",
    "GET http://evil.test#.api.test:PORT/ok/ HTTP/1.1\r\nHost: api.test:PORT\r\n\r\n",
    400,
  ],
  [
    "a backslash behind the host",
    "GET http://evil.test\\.api.test:PORT/ok/ HTTP/1.1\r\nHost: api.test:PORT\r\n\r\n",
    400,
  ],
  ["a port with a zero in front", "GET http://api.test:0PORT/ok/ HTTP/1.1\r\nHost: api.test:PORT\r\n\r\n", 400],
  ["a port that wraps around", "GET http://api.test:65616/ok/ HTTP/1.1\r\nHost: api.test:65616\r\n\r\n", 400],
  ["plain http to a rule for https", "GET http://tls.test:PORT/ HTTP/1.1\r\nHost: tls.test:PORT\r\n\r\n", 403],
  ["loopback", "GET http://127.0.0.1:PORT/ok/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", 403],
  ["loopback in decimal", "GET http://2130706433:PORT/ok/ HTTP/1.1\r\nHost: 2130706433:PORT\r\n\r\n", 403],
  ["loopback in IPv6", "GET http://[::ffff:127.0.0.1]:PORT/ok/ HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:PORT\r\n\r\n", 403],
  ["localhost", "GET http://localhost:PORT/ok/ HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n", 403],
  ["CONNECT to a name outside of the rules", "CONNECT evil.test:PORT HTTP/1.1\r\nHost: evil.test:PORT\r\n\r\n", 403],
  ["CONNECT to another port", "CONNECT api.test:1 HTTP/1.1\r\nHost: api.test:1\r\n\r\n", 403],
  ["CONNECT with another Host", "CONNECT api.test:PORT HTTP/1.1\r\nHost: evil.test:PORT\r\n\r\n", 421],
  [
    "CONNECT with two Hosts",
    "CONNECT api.test:PORT HTTP/1.1\r\nHost: api.test:PORT\r\nHost: api.test:PORT\r\n\r\n",
    400,
  ],
  ["CONNECT without a port", "CONNECT api.test HTTP/1.1\r\nHost: api.test\r\n\r\n", 400],
  ["CONNECT with a user", "CONNECT x@api.test:PORT HTTP/1.1\r\n\r\n", 400],
  ["CONNECT with a fragment", "CONNECT evil.test#.api.test:PORT HTTP/1.1\r\n\r\n", 400],
  ["CONNECT with a path", "CONNECT api.test:PORT/x HTTP/1.1\r\n\r\n", 400],
  ["CONNECT to loopback", "CONNECT 127.1:PORT HTTP/1.1\r\n\r\n", 403],
  ["CONNECT to the metadata address", "CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n", 403],
  ["CONNECT to a name with a NUL", "CONNECT evil.test\0.api.test:PORT HTTP/1.1\r\n\r\n", 400],
  ["CONNECT to a suffix", "CONNECT api.test.evil.test:PORT HTTP/1.1\r\n\r\n", 403],
] as const;

it.for(EXPLICIT)("the explicit proxy refuses %s", async ([, request, status]) => {
  const heard = await say(
    { host: "127.0.0.1", port: forwarder.proxyPort },
    Buffer.from(request.replaceAll("PORT", String(port)), "latin1"),
  );
  expect(heard.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(heard.text).not.toContain("secret");
  expect(seen).toEqual([]);
  expect(world.asked().filter((name) => name !== "api.test")).toEqual([]);
});

it("the explicit proxy judges each request of a kept-alive connection by its own host", async () => {
  const request = (host: string): string => `GET http://${host}:${port}/ok/ HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
  const heard = await say({ host: "127.0.0.1", port: forwarder.proxyPort }, request("api.test") + request("evil.test"));
  expect(heard.text).toContain("secret");
  expect(heard.text).toContain('"code":"host-not-allowed","host":"evil.test"');
  expect(seen).toEqual([`GET /ok/ api.test:${port}`]);
});

it("closes clients that send their head slowly, or nothing", async () => {
  world = await aWorld(aPolicy({ "agent/coder": {} }), { timeouts: { headMs: 400 } });
  forwarder = await world.forwarder("agent/coder/0");
  const slow = await opened({ host: "127.0.0.1", port: forwarder.proxyPort });
  const drip = setInterval(() => slow.write("X"), 50);
  slow.write("GET http://api.test/ HTTP/1.1\r\nX: ");
  const silent = await opened({ host: "127.0.0.1", port: forwarder.proxyPort });
  const ends = await Promise.all([hear(slow), hear(silent)]);
  clearInterval(drip);
  expect(ends.map((heard) => heard.end)).not.toContain("timeout");
  await eventually(() => world.gateway().liveConnections() === 0);
});
