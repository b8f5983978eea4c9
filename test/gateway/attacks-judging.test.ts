import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { type Guard, WHOLE } from "../../src/gateway/guards.ts";
import type { Policy } from "../../src/gateway/policy.ts";
import { someProvisions } from "./support/authority.ts";
import { hear, opened, until } from "./support/clients.ts";
import { intercepted, anUpstream, ask } from "./support/intercepted.ts";
import { END_HEADERS, END_STREAM, PREFACE, headers, settings } from "./support/h2-frames.ts";
import { type Lane, shoot, shootRaw } from "./support/lanes.ts";
import { LANES, aRange, hitLanes } from "./support/shooting-range.ts";
import { echoWebSockets, upgradeRequest } from "./support/web-socket.ts";
import { aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

const RULES = [{ name: "api", methods: ["GET"], paths: ["/ok/**"] }] as const;

function without(off: Guard | null): ReadonlySet<Guard> {
  return new Set([...WHOLE].filter((each) => each !== off));
}

const KEPT: readonly Lane[] = [
  "http transparent",
  "http by CONNECT",
  "https transparent",
  "https by CONNECT",
  "h2 transparent",
  "h2 by CONNECT",
];

it.for([
  ["another path", "GET", "/admin"],
  ["another method", "DELETE", "/ok/"],
] as const)("a second request for %s comes through without the guard each-request alone", async ([, method, path]) => {
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(RULES, off);
    const two = (lane: Lane): Buffer => {
      const authority = `api.test:${lane.startsWith("http ") ? range.httpPort : range.httpsPort}`;
      if (!lane.startsWith("h2")) {
        const first = `GET /ok/1 HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
        return Buffer.from(`${first}${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`);
      }
      const stream = (id: number, verb: string, target: string): Buffer =>
        headers(
          id,
          [
            [":method", verb],
            [":scheme", "https"],
            [":authority", authority],
            [":path", target],
          ],
          END_HEADERS | END_STREAM,
        );
      return Buffer.concat([PREFACE, settings(), stream(1, "GET", "/ok/1"), stream(3, method, path)]);
    };
    return hitLanes(
      range,
      KEPT,
      async (lane) => {
        await shootRaw(range, lane, two(lane));
        await eventually(() => range.world.gateway().liveConnections() === 0);
      },
      (seen) => seen.some((each) => each.method === method && each.url === path),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack("each-request")).toEqual(KEPT);
});

it.for([
  ["another path", "/admin"],
  ["a path that is none", "/ok/../admin"],
] as const)("a WebSocket for %s comes through without the guard upgrades alone", async ([, target]) => {
  const lanes = LANES.filter((lane) => lane.startsWith("WebSocket"));
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(RULES, off);
    return hitLanes(
      range,
      lanes,
      (lane) => shoot(range, lane, { target }),
      (seen) => seen.some(({ url }) => url === target),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack("upgrades")).toEqual(lanes);
});

it.for([
  ["without an accept", "Upgrade: websocket\r\n"],
  ["with another accept", "Upgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n"],
  ["of another protocol", "Upgrade: h2c\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"],
] as const)(
  "requests in a tunnel that a 101 %s opens come through without the guard websocket-proof alone",
  async ([, says]) => {
    const attack = async (off: Guard | null): Promise<boolean> => {
      const asked: string[] = [];
      // A proxy in front of a server may pass a 101 on, and go on reading requests.
      const server = createServer((socket) =>
        socket.on("data", (chunk: Buffer) => {
          const text = chunk.toString("latin1");
          asked.push(...[...text.matchAll(/GET (\S+)/g)].map(([, path]) => path ?? ""));
          if (text.includes("/ok/ws")) socket.write(`HTTP/1.1 101 X\r\nConnection: Upgrade\r\n${says}\r\n`);
          else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
        }),
      );
      const port = await listening(server);
      const rule = aRule({ ports: [port], protocol: "http", paths: ["/ok/**"] });
      const world = await aWorld(aPolicy({ "agent/coder": { rules: [rule] } }), { guards: without(off) });
      world.addresses.set("api.test", ["127.0.0.1"]);
      const forwarder = await world.forwarder("agent/coder/0");
      const socket = await opened({ host: "127.0.0.1", port: forwarder.proxyPort });
      socket.write(upgradeRequest(`api.test:${port}`, `http://api.test:${port}/ok/ws`));
      const head = await until(socket, "\r\n\r\n");
      if (head.startsWith("HTTP/1.1 101 ")) socket.write(`GET /admin HTTP/1.1\r\nHost: api.test\r\n\r\n`);
      await hear(socket, 3000);
      return asked.includes("/admin");
    };
    expect(await attack(null)).toBe(false);
    expect(await attack("websocket-proof")).toBe(true);
  },
);

describe("what goes on under rules that forbid it comes through without the guard live-rules alone", () => {
  it.for(["a stream of HTTP/2", "an answer of HTTP/1.1", "a WebSocket"] as const)("%s", async (what) => {
    const attack = async (off: Guard | null): Promise<boolean> => {
      let more = (): void => undefined;
      const upstream = echoWebSockets(
        anUpstream((_request, response) => {
          response.write("first");
          more = () => void response.write("secret");
        }),
        () => undefined,
      );
      const at = await intercepted(upstream, [{ paths: ["/a"] }], { guards: without(off) });
      let heard = "";
      const note = (chunk: Buffer): void => void (heard += chunk.toString("latin1"));
      if (what === "a stream of HTTP/2") {
        const session = await at.h2("explicit");
        const stream = session.request({ ":authority": `api.test:${at.port}`, ":path": "/a" });
        stream.on("error", () => undefined);
        stream.on("data", note);
      } else {
        const tls = await at.tls("explicit", ["http/1.1"]);
        tls.on("data", note);
        const own = `api.test:${at.port}`;
        tls.write(
          what === "a WebSocket" ? `${upgradeRequest(own, "/a")}first` : `GET /a HTTP/1.1\r\nHost: ${own}\r\n\r\n`,
        );
        if (what === "a WebSocket") more = () => void tls.write("secret");
      }
      await eventually(() => heard.includes("first"));
      await at.apply([{ paths: ["/b"] }]);
      more();
      await eventually(() => heard.includes("secret"), 500).catch(() => undefined);
      return heard.includes("secret");
    };
    expect(await attack(null)).toBe(false);
    expect(await attack("live-rules")).toBe(true);
  });
});

it("ends the stream that the new rules forbid and leaves the others of its connection", async () => {
  const at = await intercepted(
    anUpstream((request, response) => {
      response.write(`begun ${request.url} `);
      setTimeout(() => response.end("ended"), 300);
    }),
    [{ paths: ["/a", "/b"] }],
  );
  const session = await at.h2("transparent");
  const authority = `api.test:${at.port}`;
  const both = [
    ask(session, { ":authority": authority, ":path": "/a" }),
    ask(session, { ":authority": authority, ":path": "/b" }),
  ] as const;
  await eventually(() => at.world.gateway().liveConnections() === 3);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await at.apply([{ paths: ["/b"] }]);
  const [a, b] = await Promise.all(both);
  expect(a.body).not.toContain("ended");
  expect(a.code).not.toBe(0);
  expect(b).toMatchObject({ status: 200, body: "begun /b ended", code: 0 });
  expect((await ask(session, { ":authority": authority, ":path": "/a" })).status).toBe(403);
});

const SECRET = "sk-live-0123456789abcdef";
const CREDENTIAL: Policy["credentials"] = {
  key: {
    refreshEncoding: "form",
    placeholder: "sk-placeholder-000000",
    places: [
      {
        hosts: [{ kind: "exact", name: "api.test" }],
        paths: [],
        into: { kind: "header", header: "x-api-key", prefix: "" },
        carriers: ["x-api-key"],
        queryCarriers: [],
        merge: [],
      },
    ],
  },
};

it("a secret that an upstream echoes comes through without the guard scrub alone", async () => {
  const attack = async (off: Guard | null): Promise<string> => {
    const at = await intercepted(
      anUpstream((request, response) => {
        response.setHeader("x-echo", String(request.headers["x-api-key"]));
        response.end(`key ${String(request.headers["x-api-key"])}`);
      }),
      [],
      { guards: without(off) },
    );
    at.world.provide({ ...someProvisions(at.authority), credentials: { key: { kind: "text", text: SECRET } } });
    await at.apply([{ credential: "key" }], { credentials: CREDENTIAL });
    const session = await at.h2("transparent");
    const answer = await ask(session, { ":authority": `api.test:${at.port}`, ":path": "/" });
    expect(answer.status).toBe(200);
    return `${String(answer.headers["x-echo"])} ${answer.body}`;
  };
  expect(await attack(null)).not.toContain(SECRET);
  expect(await attack("scrub")).toContain(SECRET);
});

it("a secret goes over plain http without the guard secrets-over-tls alone", async () => {
  const attack = async (off: Guard | null): Promise<string> => {
    const range = await aRange([], off);
    range.world.provide(someProvisions(null, { key: { kind: "text", text: SECRET } }));
    const rule = aRule({ ports: [range.httpPort], protocol: "http", credential: "key" });
    await range.world.apply({ ...aPolicy({ "agent/coder": { rules: [rule] } }), credentials: CREDENTIAL });
    await shoot(range, "http by absolute form", { target: "/" });
    return range.seen.map(({ rawHeaders }) => rawHeaders.join(" ")).join(" ");
  };
  expect(await attack(null)).not.toContain(SECRET);
  expect(await attack("secrets-over-tls")).toContain(SECRET);
});
