import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { encodeFrame, encodeOpening } from "../../src/gateway/frames.ts";
import { identityKey } from "../../src/gateway/identity.ts";
import { hear, opened, say, until } from "./support/clients.ts";
import { type World, aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

const purpose = { kind: "name", name: "api.test" } as const;

async function world(): Promise<World> {
  return aWorld(aPolicy({ "agent/coder": { rules: [aRule({})] }, "agent/other": {} }), {
    timeouts: { openingMs: 1500 },
  });
}

it("answers the key of the identity that is claimed, and no other", async () => {
  const { master, socketPath, lines } = await world();
  const ask = async (identity: string, key: Buffer): Promise<string> =>
    (await say({ path: socketPath }, encodeOpening({ identity, key, purpose }))).text;
  expect(await ask("agent/coder/0", identityKey(master, "agent/coder/0"))).toContain('"ok":true');
  expect(await ask("agent/other/0", identityKey(master, "agent/other/0"))).toContain('"ok":false');
  expect(await ask("agent/coder/0", identityKey(master, "agent/other/0"))).toBe("");
  expect(await ask("agent/coder/0", identityKey(master, "agent/coder/1"))).toBe("");
  expect(await ask("agent/coder/0", randomBytes(32))).toBe("");
  expect(await ask("agent/coder/0", master)).toBe("");
  expect(lines().filter((line) => line["event"] === "opening-refused")).toHaveLength(4);
});

const key = Buffer.alloc(32, 1).toString("base64");
const MALFORMED: readonly (readonly [string, Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["a length of zero", Buffer.from([0, 0])],
  ["a length that is too great", Buffer.from([255, 255, 0x7b])],
  ["no JSON", Buffer.from([0, 3, 1, 2, 3])],
  ["a list", encodeFrame([])],
  ["null", encodeFrame(null)],
  ["another version", encodeFrame({ v: 2, identity: "agent/coder/0", key, purpose })],
  ["no key", encodeFrame({ v: 1, identity: "agent/coder/0", purpose })],
  ["a short key", encodeFrame({ v: 1, identity: "agent/coder/0", key: "AAAA", purpose })],
  ["one field more", encodeFrame({ v: 1, identity: "agent/coder/0", key, purpose, more: 1 })],
  ["an identity with a line feed", encodeFrame({ v: 1, identity: "agent/coder/0\n", key, purpose })],
  ["an identity that climbs", encodeFrame({ v: 1, identity: "agent/../../x", key, purpose })],
  ["an unknown purpose", encodeFrame({ v: 1, identity: "agent/coder/0", key, purpose: { kind: "root" } })],
  [
    "a port that is none",
    encodeFrame({ v: 1, identity: "agent/coder/0", key, purpose: { kind: "dial", name: "x", port: 0 } }),
  ],
  ["deep nesting", Buffer.concat([Buffer.from([0x1f, 0x40]), Buffer.alloc(8000, "[")])],
];

it.for(MALFORMED)("closes a connection that opens with %s", async ([, bytes]) => {
  const { socketPath, gateway } = await world();
  const heard = await say({ path: socketPath }, bytes);
  expect(heard.text).toBe("");
  expect(heard.end).not.toBe("timeout");
  expect(gateway().liveConnections()).toBe(0);
});

it("takes one opening a connection: a second one is payload", async () => {
  const heard: Buffer[] = [];
  const port = await listening(createServer((socket) => socket.on("data", (chunk: Buffer) => heard.push(chunk))));
  const { master, socketPath, addresses } = await aWorld(
    aPolicy({ "agent/coder": { rules: [aRule({ ports: [port], protocol: "tcp" })] } }),
  );
  addresses.set("api.test", ["127.0.0.1"]);
  const opening = encodeOpening({
    identity: "agent/coder/0",
    key: identityKey(master, "agent/coder/0"),
    purpose: { kind: "dial", name: "api.test", port },
  });
  const socket = await opened({ path: socketPath });
  socket.write(Buffer.concat([opening, opening]));
  await until(socket, '"ok":true');
  await eventually(() => Buffer.concat(heard).equals(opening));
  socket.destroy();
});

it("lets nobody reach a server to which no route of theirs leads", async () => {
  const to = { identity: "service/db", port: 5432 };
  const policy = aPolicy({
    "agent/coder": { routes: [{ name: "db", port: 5432, to }] },
    "agent/other": {},
    "service/db": {},
  });
  const { master, socketPath, forwarder } = await aWorld(policy);
  await forwarder("service/db", { kind: "sandbox", serves: [5432] });
  const ask = async (identity: string, wanted: Parameters<typeof encodeOpening>[0]["purpose"]): Promise<string> =>
    (await say({ path: socketPath }, encodeOpening({ identity, key: identityKey(master, identity), purpose: wanted })))
      .text;
  expect(await ask("agent/other/0", { kind: "dial", name: "db", port: 5432 })).toContain("host-not-allowed");
  expect(await ask("agent/other/0", { kind: "reach", identity: "service/db", port: 5432 })).toContain(
    "host-not-allowed",
  );
  expect(await ask("service/db", { kind: "reach", identity: "service/db", port: 5432 })).toContain("host-not-allowed");
  expect(await ask("agent/coder/0", { kind: "reach", identity: "service/db", port: 5433 })).toContain(
    "host-not-allowed",
  );
  expect(await ask("agent/coder/0", { kind: "dial", name: "db", port: 5433 })).toContain("host-not-allowed");
});

it("does not take what an impostor parks for the service", async () => {
  const to = { identity: "service/db", port: 5432 };
  const policy = aPolicy({
    "agent/coder": { routes: [{ name: "db", port: 5432, to }] },
    "agent/other": {},
    "service/db": {},
  });
  const { master, socketPath } = await aWorld(policy);
  const opening = (identity: string, wanted: Parameters<typeof encodeOpening>[0]["purpose"]): Buffer =>
    encodeOpening({ identity, key: identityKey(master, identity), purpose: wanted });
  const impostor = await opened({ path: socketPath });
  impostor.write(opening("agent/other/0", { kind: "park", port: 5432 }));
  await until(impostor, '"ok":true');
  const dialled = await say({ path: socketPath }, opening("agent/coder/0", { kind: "dial", name: "db", port: 5432 }));
  expect(dialled.text).toContain("server-refused");
  impostor.destroy();
  await hear(impostor);
});
