import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Policy, policyDigest } from "../../src/gateway/policy.ts";
import { hear, lookUp, opened, say, tunnel, until } from "./support/clients.ts";
import { type World, aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

function echo(): ReturnType<typeof createServer> {
  return createServer((socket) => socket.pipe(socket));
}

async function echoed(socket: Socket, text: string): Promise<void> {
  socket.write(text);
  expect(await until(socket, text)).toBe(text);
}

async function aTcpWorld(): Promise<{ readonly world: World; readonly port: number; readonly policy: Policy }> {
  const port = await listening(echo());
  const policy = aPolicy({ "agent/coder": { rules: [aRule({ ports: [port], protocol: "tcp" })] } });
  const world = await aWorld(policy);
  world.addresses.set("api.test", ["127.0.0.1"]);
  return { world, port, policy };
}

it("ends a live tunnel that the new rules forbid, within the swap, and keeps the others", async () => {
  const { world, port } = await aTcpWorld();
  const rule = aRule({ ports: [port], protocol: "tcp" });
  const other = aRule({ name: "other", host: { kind: "exact", name: "other.test" }, ports: [port], protocol: "tcp" });
  world.addresses.set("other.test", ["127.0.0.1"]);
  await world.apply(aPolicy({ "agent/coder": { rules: [rule, other] } }));
  const forwarder = await world.forwarder("agent/coder/0");
  const forbidden = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  const kept = await tunnel(forwarder.proxyPort, `other.test:${port}`);
  await echoed(forbidden.socket, "one");
  await echoed(kept.socket, "two");
  await world.apply(aPolicy({ "agent/coder": { rules: [other] } }));
  const inForce = JSON.parse(await readFile(join(world.runDirectory, "in-force.json"), "utf8")) as Record<
    string,
    unknown
  >;
  expect(inForce["state"]).toBe("in-force");
  expect((await hear(forbidden.socket)).end).not.toBe("timeout");
  await echoed(kept.socket, "three");
  await eventually(() => world.lines().some((line) => line["code"] === "rules-changed" && line["host"] === "api.test"));
  kept.socket.destroy();
});

it("ends a tunnel of bytes when only checked TLS stays allowed, and one whose address is closed", async () => {
  const { world, port } = await aTcpWorld();
  const forwarder = await world.forwarder("agent/coder/0");
  const { socket } = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  await echoed(socket, "bytes");
  await world.apply(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port] })] } }));
  expect((await hear(socket)).end).not.toBe("timeout");
});

it("ends a live route to a service that is no longer listed", async () => {
  const port = await listening(echo());
  const to = { identity: "service/db", port };
  const world = await aWorld(aPolicy({ "agent/coder": { routes: [{ name: "db", port, to }] }, "service/db": {} }));
  await world.forwarder("service/db", { kind: "sandbox", serves: [port] });
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "db");
  const socket = await opened({ host: found.addresses[0] ?? "", port });
  await echoed(socket, "select 1");
  await world.apply(aPolicy({ "agent/coder": {}, "service/db": {} }));
  expect((await hear(socket)).end).not.toBe("timeout");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect((await lookUp(forwarder.dnsPort, "db")).rcode).toBe("NXDOMAIN");
});

it("ends a request that is under way when the new rules forbid it", async () => {
  const port = await listening(createHttpServer((_request, response) => void response.write("first half")));
  const web = aRule({ ports: [port], protocol: "http", paths: ["/a/**"] });
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [web] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const socket = await opened({ host: "127.0.0.1", port: forwarder.proxyPort });
  socket.write(`GET http://api.test:${port}/a/ HTTP/1.1\r\nHost: api.test:${port}\r\n\r\n`);
  await until(socket, "first half");
  await world.apply(aPolicy({ "agent/coder": { rules: [{ ...web, paths: ["/b/**"] }] } }));
  expect((await hear(socket)).end).not.toBe("timeout");
});

const INVALID = [
  ["no JSON", "{"],
  ["half a file", JSON.stringify(aPolicy({ "agent/coder": { open: true } })).slice(0, -3)],
  ["nothing", ""],
  ["another version", JSON.stringify({ ...aPolicy({}), version: 2 })],
  ["an unknown field", JSON.stringify({ ...aPolicy({}), more: true })],
  [
    "an unknown field in a rule",
    JSON.stringify(aPolicy({ "agent/coder": { rules: [{ ...aRule({}), more: 1 } as never] } })),
  ],
  ["a field that is missing", JSON.stringify({ ...aPolicy({}), resolvers: undefined })],
  [
    "a host that is not canonical",
    JSON.stringify(aPolicy({ "agent/coder": { rules: [aRule({ host: { kind: "exact", name: "API.test" } })] } })),
  ],
  [
    "an address as a name",
    JSON.stringify(aPolicy({ "agent/coder": { rules: [aRule({ host: { kind: "exact", name: "127.0.0.1" } })] } })),
  ],
  [
    "a pattern as a name",
    JSON.stringify(aPolicy({ "agent/coder": { rules: [aRule({ host: { kind: "exact", name: "*.test" } })] } })),
  ],
  ["a port of 0", JSON.stringify(aPolicy({ "agent/coder": { rules: [aRule({ ports: [0] })] } }))],
  [
    "a CIDR that is none",
    JSON.stringify(aPolicy({ "agent/coder": { rules: [aRule({ addresses: ["10.0.0.0/99"] })] } })),
  ],
] as const;

it.for(INVALID)("keeps the last valid policy, loudly, when the file has %s", async ([, text]) => {
  const { world, port, policy } = await aTcpWorld();
  const forwarder = await world.forwarder("agent/coder/0");
  const { socket } = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  await writeFile(join(world.policyDirectory, "policy.json"), text);
  await world.gateway().reload();
  const inForce = JSON.parse(await readFile(join(world.runDirectory, "in-force.json"), "utf8")) as Record<
    string,
    unknown
  >;
  expect(inForce).toMatchObject({ digest: policyDigest(policy), state: "rejected" });
  expect(inForce["reason"]).toEqual(expect.any(String));
  expect(world.lines()).toContainEqual(expect.objectContaining({ event: "policy-rejected" }));
  await echoed(socket, "still here");
  socket.destroy();
});

it("denies everything when it starts with an invalid policy, and takes a valid one as soon as it is there", async () => {
  const world = await aWorld(null);
  const forwarder = await world.forwarder("agent/coder/0");
  expect((await tunnel(forwarder.proxyPort, "api.test:443")).head).toMatch(/^HTTP\/1.1 403 /);
  expect((await lookUp(forwarder.dnsPort, "api.test")).rcode).toBe("NXDOMAIN");
  const policy = aPolicy({ "agent/coder": { rules: [aRule({})] } });
  await writeFile(join(world.policyDirectory, "policy.json"), JSON.stringify(policy));
  await eventually(() =>
    world.lines().some((line) => line["event"] === "policy-in-force" && line["digest"] === policyDigest(policy)),
  );
});

it("judges no connection by half a policy and drops none that stays allowed, over a hundred swaps", async () => {
  const port = await listening(echo());
  const rules = (turn: number): Policy =>
    aPolicy({
      "agent/coder": {
        rules: [
          aRule({ name: `always-${turn}`, ports: [port], protocol: "tcp" }),
          aRule({
            name: "even",
            host: { kind: "exact", name: turn % 2 === 0 ? "even.test" : "odd.test" },
            ports: [port],
            protocol: "tcp",
          }),
        ],
      },
    });
  const world = await aWorld(rules(0));
  for (const name of ["api.test", "even.test", "odd.test", "never.test"]) world.addresses.set(name, ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const kept = await Promise.all(Array.from({ length: 20 }, () => tunnel(forwarder.proxyPort, `api.test:${port}`)));
  const swapped = new AbortController();
  let asked = 0;
  const traffic = Array.from({ length: 4 }, async () => {
    while (!swapped.signal.aborted) {
      const good = await tunnel(forwarder.proxyPort, `api.test:${port}`);
      expect(good.head).toMatch(/^HTTP\/1.1 200 /);
      await echoed(good.socket, "x");
      good.socket.destroy();
      const bad = await tunnel(forwarder.proxyPort, `never.test:${port}`);
      expect(bad.head).toMatch(/^HTTP\/1.1 403 /);
      bad.socket.destroy();
      asked += 1;
    }
  });
  for (let turn = 1; turn <= 100; turn += 1) {
    await world.apply(rules(turn));
    // What the file in force forbids is forbidden from this moment.
    const gone = await tunnel(forwarder.proxyPort, `${turn % 2 === 0 ? "odd" : "even"}.test:${port}`);
    expect(gone.head).toMatch(/^HTTP\/1.1 403 /);
    gone.socket.destroy();
    if (turn % 10 === 0) for (const { socket } of kept) await echoed(socket, `turn ${turn}`);
  }
  swapped.abort();
  await Promise.all(traffic);
  expect(asked).toBeGreaterThan(20);
  for (const { socket } of kept) socket.destroy();
}, 120_000);

it("comes back after a restart with the same rules, while clients wait", async () => {
  const { world, port } = await aTcpWorld();
  const forwarder = await world.forwarder("agent/coder/0");
  const before = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  const restarted = world.restart();
  expect((await hear(before.socket)).end).not.toBe("timeout");
  const during = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  expect(during.head).toMatch(/^HTTP\/1.1 200 /);
  await restarted;
  during.socket.destroy();
});

it("says that the gateway is away, and answers no name, once the patience is over", async () => {
  const { world } = await aTcpWorld();
  const forwarder = await world.forwarder("agent/coder/0", undefined, undefined, 300);
  await world.gateway().close();
  expect((await lookUp(forwarder.dnsPort, "api.test")).rcode).toBe("SERVFAIL");
  const heard = await say(
    { host: "127.0.0.1", port: forwarder.proxyPort },
    "GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n",
  );
  expect(heard.text).toMatch(/^HTTP\/1.1 503 /);
  expect(heard.text).toContain('"code":"gateway-away"');
});
