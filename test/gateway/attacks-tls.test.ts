import { createServer } from "node:net";
import { beforeEach, expect, it } from "vitest";
import type { Forwarder } from "../../src/gateway/forwarder/forwarder.ts";
import { hear, lookUp, opened, tunnel } from "./support/clients.ts";
import { clientHello } from "./support/hello.ts";
import { type World, aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

const ALERT = "\x15\x03\x01\x00\x02\x02\x70";

let world: World;
let forwarder: Forwarder;
let port: number;
let leaked: Buffer[];

beforeEach(async () => {
  leaked = [];
  port = await listening(createServer((socket) => socket.on("data", (chunk: Buffer) => leaked.push(chunk))));
  world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port] })] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  forwarder = await world.forwarder("agent/coder/0");
});

/** Says something as the first bytes of both kinds of tunnel, and hears what comes back. */
async function both(bytes: Buffer | string): Promise<readonly string[]> {
  const explicit = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  explicit.socket.write(bytes);
  const heardExplicit = await hear(explicit.socket);
  const found = await lookUp(forwarder.dnsPort, "api.test");
  const transparent = await opened({ host: found.addresses[0] ?? "", port });
  transparent.write(bytes);
  const heardTransparent = await hear(transparent);
  return [heardExplicit.text, heardTransparent.text];
}

it.for([
  ["another server name", { names: ["evil.test"] }, "name-mismatch"],
  ["a suffix of the name", { names: ["api.test.evil.com"] }, "name-mismatch"],
  ["the name with a dot behind", { names: ["api.test."] }, "name-mismatch"],
  ["no server name", { names: null }, "sni-missing"],
  ["two server names", { names: ["api.test", "evil.test"] }, "protocol-not-allowed"],
  ["the extension twice", { names: ["api.test"], extensionTwice: true }, "protocol-not-allowed"],
] as const)("refuses a hello with %s, before a byte of it goes out", async ([, shape, code]) => {
  expect(await both(clientHello(shape))).toEqual([ALERT, ALERT]);
  expect(leaked).toEqual([]);
  expect(world.lines()).toContainEqual(expect.objectContaining({ verdict: "deny", code, host: "api.test" }));
});

it.for([
  ["plain HTTP", "GET / HTTP/1.1\r\nHost: api.test\r\n\r\n"],
  ["SSH", "SSH-2.0-x\r\n"],
  ["noise", Buffer.from([0, 1, 2, 3, 255])],
] as const)("refuses %s where a rule says https", async ([, bytes]) => {
  expect(await both(bytes)).toEqual([ALERT, ALERT]);
  expect(leaked).toEqual([]);
});

it("closes a client that never finishes its hello", async () => {
  const policy = aPolicy({ "agent/coder": { rules: [aRule({ ports: [port] })] } });
  world = await aWorld(policy, { timeouts: { headMs: 300 } });
  world.addresses.set("api.test", ["127.0.0.1"]);
  forwarder = await world.forwarder("agent/coder/0");
  expect(await both(clientHello({ names: ["api.test"] }).subarray(0, 20))).toEqual(["", ""]);
  expect(leaked).toEqual([]);
  await eventually(() => world.gateway().liveConnections() === 0);
});

it("lets a hello through that comes byte by byte over many records", async () => {
  const { socket } = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  const hello = clientHello({ names: ["api.test"], recordBytes: 7 });
  for (const byte of hello) {
    socket.write(Buffer.from([byte]));
    if (byte % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(() => Buffer.concat(leaked).equals(hello));
  socket.destroy();
});
