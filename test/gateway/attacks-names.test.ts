import { connect as tlsConnect } from "node:tls";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { type Guard, WHOLE } from "../../src/gateway/guards.ts";
import { encodeOpening } from "../../src/gateway/frames.ts";
import { hear, lookUp, opened, tunnel } from "./support/clients.ts";
import { END_HEADERS, END_STREAM, PREFACE, headers, settings } from "./support/h2-frames.ts";
import { clientHello } from "./support/hello.ts";
import { type Lane, type Shot, shoot, shootRaw } from "./support/lanes.ts";
import { LANES, aRange, hitLanes } from "./support/shooting-range.ts";
import { aPolicy, aRule, aWorld, listening } from "./support/world.ts";

const OPEN_RULES = [{ name: "api" }] as const;
const H1 = LANES.filter((lane) => !lane.includes("h2"));
const H2 = LANES.filter((lane) => lane.startsWith("h2"));

type Aim = (port: number) => Shot;

const HOSTS: readonly (readonly [name: string, guard: Guard, lanes: readonly Lane[], aim: Aim])[] = [
  ["another Host", "one-host", LANES, (port) => ({ target: "/", host: `evil.test:${port}` })],
  ["another Host without a port", "one-host", LANES, () => ({ target: "/", host: "evil.test" })],
  ["a second Host", "one-host", H1, (port) => ({ target: "/", headers: [["Host", `evil.test:${port}`]] })],
  ["a second Host in capitals", "one-host", H1, (port) => ({ target: "/", headers: [["HOST", `evil.test:${port}`]] })],
  [
    "a Host beside :authority",
    "one-host",
    [...H2, "WebSocket over h2"],
    (port) => ({ target: "/", headers: [["host", `evil.test:${port}`]] }),
  ],
];

it.for(HOSTS)("%s comes through without the guard %s alone", async ([, guard, lanes, aim]) => {
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(OPEN_RULES, off);
    return hitLanes(
      range,
      lanes,
      (lane) => shoot(range, lane, aim(/https|h2|by CONNECT/.test(lane) ? range.httpsPort : range.httpPort)),
      (seen) => seen.some(({ host }) => host.startsWith("evil.test")),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack(guard)).toEqual(lanes);
});

it.for([
  ["http", "http://evil.test/x"],
  ["https", "https://evil.test/x"],
  ["the own host", "http://api.test/x"],
] as const)("an absolute form (%s) inside comes through without the guard origin-form alone", async ([, target]) => {
  const lanes = H1.filter((lane) => lane !== "http by absolute form");
  const attack = async (off: Guard | null): Promise<readonly Lane[]> => {
    const range = await aRange(OPEN_RULES, off);
    return hitLanes(
      range,
      lanes,
      (lane) => shoot(range, lane, { target }),
      (seen) => seen.some(({ url }) => url === target),
    );
  };
  expect(await attack(null)).toEqual([]);
  expect(await attack("origin-form")).toEqual(lanes);
});

it("another host on a connection of HTTP/2 is told 421, and the connection is closed", async () => {
  const range = await aRange(OPEN_RULES, null);
  const fields = (host: string): [string, string][] => [
    [":method", "GET"],
    [":scheme", "https"],
    [":authority", host],
    [":path", "/"],
  ];
  const own = `api.test:${range.httpsPort}`;
  const bytes = Buffer.concat([
    PREFACE,
    settings(),
    headers(3, fields(`evil.test:${range.httpsPort}`), END_HEADERS | END_STREAM),
  ]);
  const heard = await shootRaw(range, "h2 transparent", bytes);
  expect(heard).toContain("name-mismatch");
  expect(range.seen).toEqual([]);
  expect(range.world.lines()).toContainEqual(expect.objectContaining({ code: "name-mismatch", status: 421 }));
  const honest = Buffer.concat([PREFACE, settings(), headers(1, fields(own), END_HEADERS | END_STREAM)]);
  await shootRaw(range, "h2 transparent", honest);
  expect(range.seen).toHaveLength(1);
});

describe.for(["transparent", "explicit"] as const)("a tunnel, %s", (way) => {
  it.for([
    ["another server name", "server-name", clientHello({ names: ["evil.test"] })],
    ["a server name with more behind it", "server-name", clientHello({ names: ["api.test.evil.test"] })],
    ["a server name with a dot behind it", "server-name", clientHello({ names: ["api.test."] })],
    ["no server name", "server-name-needed", clientHello({ names: null })],
    ["two server names", "strict-hello", clientHello({ names: ["api.test", "evil.test"] })],
    ["the extension twice", "strict-hello", clientHello({ names: ["api.test"], extensionTwice: true })],
    ["a name of another type", "strict-hello", clientHello({ names: ["api.test"], nameType: 1 })],
    ["plain HTTP", "strict-hello", Buffer.from("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n")],
    ["SSH", "strict-hello", Buffer.from("SSH-2.0-x\r\n")],
  ] as const)("of %s comes through without the guard %s alone", async ([, guard, bytes]) => {
    const attack = async (off: Guard | null): Promise<boolean> => {
      const leaked: Buffer[] = [];
      const server = createServer((socket) => {
        socket.on("data", (chunk: Buffer) => {
          leaked.push(chunk);
          socket.end("heard");
        });
      });
      const port = await listening(server);
      const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port] })] } }), {
        guards: without(off),
      });
      world.addresses.set("api.test", ["127.0.0.1"]);
      const forwarder = await world.forwarder("agent/coder/0");
      const socket =
        way === "explicit"
          ? (await tunnel(forwarder.proxyPort, `api.test:${port}`)).socket
          : await opened({ host: (await lookUp(forwarder.dnsPort, "api.test")).addresses[0] ?? "", port });
      socket.write(bytes);
      await hear(socket);
      return Buffer.concat(leaked).equals(bytes);
    };
    expect(await attack(null)).toBe(false);
    expect(await attack(guard)).toBe(true);
  });

  it("of a rule with paths that nobody reads comes through without the guard enforceable-rules alone", async () => {
    const attack = async (off: Guard | null): Promise<boolean> => {
      const range = await aRange([], off);
      const rule = aRule({ ports: [range.httpsPort], tls: "tunnel", paths: ["/ok/**"] });
      await range.world.apply(aPolicy({ "agent/coder": { rules: [rule] } }));
      const socket =
        way === "explicit"
          ? (await tunnel(range.forwarder.proxyPort, `api.test:${range.httpsPort}`)).socket
          : await opened({
              host: (await lookUp(range.forwarder.dnsPort, "api.test")).addresses[0] ?? "127.0.0.2",
              port: range.httpsPort,
            }).catch(() => null);
      if (socket === null) return false;
      const tls = tlsConnect({ socket, servername: "api.test", rejectUnauthorized: false });
      tls.on("error", () => undefined);
      tls.write(`GET /admin HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n`);
      await hear(tls);
      return range.seen.some(({ url }) => url === "/admin");
    };
    expect(await attack(null)).toBe(false);
    // Without a proxy there is not even a name to be looked up under such a rule.
    expect(await attack("enforceable-rules")).toBe(way === "explicit");
  });
});

it.for([
  ["a name that ends alike, under **", "any-depth"],
  ["a name that ends alike, under *", "one-label"],
] as const)("%s comes through without the guard label-boundaries alone", async ([, kind]) => {
  const attack = async (off: Guard | null): Promise<string> => {
    const port = await listening(createServer((socket) => socket.end("evil")));
    const rule = aRule({ ports: [port], protocol: "tcp", host: { kind, suffix: "api.test" } });
    const world = await aWorld(aPolicy({ "agent/coder": { rules: [rule] } }), { guards: without(off) });
    for (const name of ["my-api.test", "evilapi.test", "x.evilapi.test"]) world.addresses.set(name, ["127.0.0.1"]);
    const forwarder = await world.forwarder("agent/coder/0");
    return (await tunnel(forwarder.proxyPort, `evilapi.test:${port}`)).head.slice(9, 12);
  };
  expect(await attack(null)).toBe("403");
  expect(await attack("label-boundaries")).toBe("200");
});

it("another sandbox's name comes through without the guard identity-keys alone", async () => {
  const attack = async (off: Guard | null): Promise<string> => {
    const port = await listening(createServer((socket) => socket.end("secret")));
    const rules = [aRule({ ports: [port], protocol: "tcp" })];
    const world = await aWorld(aPolicy({ "agent/rich": { rules }, "agent/poor": {} }), { guards: without(off) });
    world.addresses.set("api.test", ["127.0.0.1"]);
    const socket = await opened({ path: world.socketPath });
    const purpose = { kind: "dial", name: "api.test", port } as const;
    socket.write(encodeOpening({ identity: "agent/rich/0", key: Buffer.alloc(32, 1), purpose }));
    return (await hear(socket)).text;
  };
  expect(await attack(null)).toBe("");
  expect(await attack("identity-keys")).toContain("secret");
});

function without(off: Guard | null): ReadonlySet<Guard> {
  return new Set([...WHOLE].filter((each) => each !== off));
}
