import { createServer as createHttpServer } from "node:http";
import { type Socket, connect, createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { encodeOpening } from "../../src/gateway/frames.ts";
import { identityKey } from "../../src/gateway/identity.ts";
import { hear } from "./support/clients.ts";
import { type World, aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

const LOUD = "agent/loud/0";
const QUIET = "agent/quiet/0";

interface Flooded {
  readonly world: World;
  readonly port: number;
  /** What the upstream was asked for. */
  readonly asked: readonly string[];
  /** A connection to the explicit proxy with these bytes behind its opening. */
  readonly say: (identity: string, bytes: string) => Socket;
}

async function flooded(): Promise<Flooded> {
  const asked: string[] = [];
  const upstream = createHttpServer((request, response) => {
    asked.push(request.url ?? "");
    request.on("error", () => undefined);
    // An upload is never taken: what the gateway holds of it is what it would hold for ever.
    if (request.method === "POST") return;
    response.end("served");
  });
  const port = await listening(upstream);
  const rules = [aRule({ ports: [port], protocol: "http" })];
  const world = await aWorld(aPolicy({ "agent/loud": { rules }, "agent/quiet": { rules } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  return {
    world,
    port,
    asked,
    say: (identity, bytes) => {
      const socket = raw(world);
      socket.write(encodeOpening({ identity, key: identityKey(world.master, identity), purpose: { kind: "proxy" } }));
      socket.write(bytes);
      return socket;
    },
  };
}

function raw(world: World): Socket {
  const socket = connect({ path: world.socketPath });
  socket.on("error", () => socket.destroy());
  onTestFinished(() => void socket.destroy());
  return socket;
}

async function isServed({ say, port }: Flooded, identity: string): Promise<void> {
  const { text } = await hear(
    say(identity, `GET http://api.test:${port}/ HTTP/1.1\r\nHost: api.test:${port}\r\nConnection: close\r\n\r\n`),
    20_000,
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*served/);
}

async function heard(sockets: readonly Socket[]): Promise<readonly string[]> {
  const all = await Promise.all(sockets.map((socket) => hear(socket, 20_000)));
  return all.map(({ text }) => text);
}

it("holds no more slow heads than it may, says so to those beyond, and serves others", async () => {
  const at = await flooded();
  const { world, say } = at;
  const first = Array.from({ length: 512 }, () => say(LOUD, "GET http://api.test/ HTTP/1.1\r\nHost: "));
  await eventually(() => world.gateway().liveConnections() === 512);
  const beyond = await heard(Array.from({ length: 100 }, () => say(LOUD, "GET http://api.test/ HTTP/1.1\r\nHost: ")));
  for (const each of beyond)
    expect(each).toMatch(/^HTTP\/1\.1 503 [^]*"code":"too-many-connections"[^]*has too many connections open/);
  expect(world.gateway().liveConnections()).toBe(512);
  await isServed(at, QUIET);
  const refusals = world.lines().filter((line) => line["code"] === "too-many-connections");
  // Equal ones within some seconds are one line.
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.length).toBeLessThan(5);
  for (const each of first) each.destroy();
  await eventually(() => world.gateway().liveConnections() === 0);
  await isServed(at, LOUD);
});

it("closes what stays after its refusal, and what says nothing, before descriptors run out", async () => {
  const at = await flooded();
  const { world, say } = at;
  const silent = Array.from({ length: 1200 }, () => raw(world));
  await eventually(() => silent.filter((each) => each.destroyed).length >= 100);
  await isServed(at, QUIET);
  for (const each of silent) each.destroy();
  const many = Array.from({ length: 1500 }, () => say(LOUD, "G"));
  for (const each of many) each.pause();
  await isServed(at, QUIET);
  await eventually(() => world.lines().some((line) => line["via"] === "opening" && line["verdict"] === "deny"));
  for (const each of many) each.destroy();
  await eventually(() => world.gateway().liveConnections() === 0);
});

it("does not count what a server has parked, since others are joined to it", async () => {
  const at = await flooded();
  const key = identityKey(at.world.master, LOUD);
  for (let port = 1; port <= 11; port += 1) {
    for (let each = 0; each < 100; each += 1)
      raw(at.world).write(encodeOpening({ identity: LOUD, key, purpose: { kind: "park", port } }));
    await isServed(at, LOUD);
  }
});

it("takes no more requests at once from one connection than a client ever sends", async () => {
  const at = await flooded();
  const request = `GET http://api.test:${at.port}/many HTTP/1.1\r\nHost: api.test:${at.port}\r\n\r\n`;
  const { text } = await hear(at.say(LOUD, request.repeat(10)), 1500);
  expect(text.split("served").length - 1).toBe(10);
  await hear(at.say(LOUD, request.repeat(400)), 20_000);
  expect(at.asked.filter((url) => url === "/many").length).toBeLessThan(10 + 64);
  await isServed(at, LOUD);
});

it("holds a bounded part of uploads that nobody takes, and serves others", async () => {
  const at = await flooded();
  const head = `POST http://api.test:${at.port}/up HTTP/1.1\r\nHost: api.test:${at.port}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const block = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, 7), Buffer.from("\r\n")]);
  let written = 0;
  const pourers = Array.from({ length: 60 }, () => {
    const socket = at.say(LOUD, head);
    const pour = (): void => {
      // A socket's own buffer is this process's memory, too: wait until each block has gone.
      socket.write(block, (error) => {
        written += block.length;
        if (!error) pour();
      });
    };
    pour();
    return socket;
  });
  await eventually(() => at.asked.filter((url) => url === "/up").length === 60);
  await isServed(at, QUIET);
  let before = -1;
  // Until nothing moves any more.
  await eventually(async () => {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return written === before;
  }, 40_000);
  // The kernel's buffers hold most of it, of three sockets each; without backpressure it would never have stopped.
  expect(written / pourers.length).toBeLessThan(12 * 1024 * 1024);
  await isServed(at, QUIET);
});

it("serves others while tunnels carry as much as they can", async () => {
  const swallowed = { bytes: 0 };
  const sink = createServer((socket) => socket.on("data", (chunk: Buffer) => (swallowed.bytes += chunk.length)));
  const port = await listening(sink);
  const at = await flooded();
  const quiet = [aRule({ ports: [at.port], protocol: "http" })];
  const loud = [aRule({ ports: [port], protocol: "tcp" })];
  await at.world.apply(aPolicy({ "agent/loud": { rules: loud }, "agent/quiet": { rules: quiet } }));
  const block = Buffer.alloc(65_536, 7);
  const floods = Array.from({ length: 100 }, () => {
    const socket = at.say(LOUD, `CONNECT api.test:${port} HTTP/1.1\r\nHost: api.test:${port}\r\n\r\n`);
    const pour = (): void => void socket.write(block, (error) => (error ? undefined : pour()));
    socket.once("data", pour);
    return socket;
  });
  await eventually(() => swallowed.bytes > 50 * 1024 * 1024, 60_000);
  for (let each = 0; each < 5; each += 1) await isServed(at, QUIET);
  for (const each of floods) each.destroy();
});
