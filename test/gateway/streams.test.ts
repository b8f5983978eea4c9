import { createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { hear, lookUp, opened, say, tunnel, until } from "./support/clients.ts";
import { type World, aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

async function aTcpWorld(
  serve: (socket: Socket) => void,
  connectionsPerIdentity = 512,
): Promise<{ readonly world: World; readonly port: number }> {
  const port = await listening(createServer({ allowHalfOpen: true }, serve));
  const rules = [aRule({ ports: [port], protocol: "tcp" })];
  const world = await aWorld(aPolicy({ "agent/coder": { rules }, "agent/other": { rules } }), {
    connectionsPerIdentity,
  });
  world.addresses.set("api.test", ["127.0.0.1"]);
  return { world, port };
}

it("passes a half-close on, and the answer that comes after it", async () => {
  const { world, port } = await aTcpWorld((socket) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => socket.end(`${Buffer.concat(chunks).length} bytes`));
  });
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "api.test");
  const socket = await opened({ host: found.addresses[0] ?? "", port });
  socket.end(Buffer.alloc(300_000));
  expect((await hear(socket)).text).toBe("300000 bytes");
});

it("writes out what a server said before it closed, to a client that reads late", async () => {
  const { world, port } = await aTcpWorld((socket) => {
    socket.resume();
    socket.end(Buffer.alloc(3_000_000, "x"));
  });
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "api.test");
  const socket = await opened({ host: found.addresses[0] ?? "", port });
  socket.end();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await hear(socket)).text).toHaveLength(3_000_000);
});

it("reads no further ahead than the slower side takes", async () => {
  const size = 100_000_000;
  const chunk = Buffer.alloc(1_000_000, "y");
  let written = 0;
  const { world, port } = await aTcpWorld((socket) => {
    const more = (): void => {
      while (written < size && socket.write(chunk)) written += chunk.length;
      if (written < size) socket.once("drain", () => ((written += chunk.length), more()));
      else socket.end();
    };
    more();
  });
  const forwarder = await world.forwarder("agent/coder/0");
  const { socket, head } = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const stalledAt = written;
  // What the kernel's and the gateway's own buffers hold, and then not a byte more.
  expect(stalledAt).toBeLessThan(30_000_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBe(stalledAt);
  let got = head.length;
  await new Promise<void>((resolve) => {
    socket.on("data", (data: Buffer) => (got += data.length));
    socket.on("end", () => resolve());
    socket.resume();
  });
  expect(got).toBeGreaterThanOrEqual(size);
}, 30_000);

it("bounds one sandbox's connections, and serves another meanwhile", async () => {
  const { world, port } = await aTcpWorld((socket) => {
    socket.on("end", () => socket.end());
    socket.write("hello");
  }, 200);
  const greedy = await world.forwarder("agent/coder/0");
  const modest = await world.forwarder("agent/other/0");
  const sockets: Socket[] = [];
  let refused = 0;
  for (let round = 0; round < 12; round += 1) {
    const batch = await Promise.all(
      Array.from({ length: 80 }, async () => {
        const socket = await opened({ host: "127.0.0.1", port: greedy.proxyPort });
        socket.on("error", () => undefined);
        socket.write(`CONNECT api.test:${port} HTTP/1.1\r\nHost: api.test:${port}\r\n\r\n`);
        socket.once("data", (head: Buffer) => {
          if (head.toString("latin1").startsWith("HTTP/1.1 503 ")) refused += 1;
        });
        return socket;
      }),
    );
    sockets.push(...batch);
    const started = performance.now();
    const { socket } = await tunnel(modest.proxyPort, `api.test:${port}`);
    expect(performance.now() - started).toBeLessThan(3000);
    socket.destroy();
  }
  await eventually(() => refused >= 12 * 80 - 200, 20_000);
  expect(world.gateway().liveConnections()).toBeLessThanOrEqual(205);
  for (const socket of sockets) socket.destroy();
  await eventually(() => world.gateway().liveConnections() === 0, 20_000);
  expect((await tunnel(greedy.proxyPort, `api.test:${port}`)).head).toMatch(/^HTTP\/1.1 200 /);
}, 60_000);

it("resets the client when nothing answers at the upstream", async () => {
  const { world } = await aTcpWorld(() => undefined);
  await world.apply(aPolicy({ "agent/coder": { rules: [aRule({ ports: [1], protocol: "tcp" })] } }));
  const forwarder = await world.forwarder("agent/coder/0");
  const { head, socket } = await tunnel(forwarder.proxyPort, "api.test:1");
  expect(head).toMatch(/^HTTP\/1.1 502 /);
  socket.destroy();
});

it("serves many clients of a service at once, more than are parked", async () => {
  let served = 0;
  const port = await listening(
    createServer((socket) => {
      served += 1;
      socket.end("row");
    }),
  );
  const to = { identity: "service/db", port };
  const world = await aWorld(aPolicy({ "agent/coder": { routes: [{ name: "db", port, to }] }, "service/db": {} }));
  await world.forwarder("service/db", { kind: "sandbox", serves: [port] });
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "db");
  const target = { host: found.addresses[0] ?? "", port };
  const heard = await Promise.all(Array.from({ length: 200 }, () => say(target, "q", 20_000)));
  expect(heard.filter((each) => each.text === "row")).toHaveLength(200);
  expect(served).toBe(200);
}, 60_000);

it("reaches a service again as soon as its forwarder is replaced", async () => {
  const port = await listening(createServer((socket) => socket.end("row")));
  const to = { identity: "service/db", port };
  const world = await aWorld(aPolicy({ "agent/coder": { routes: [{ name: "db", port, to }] }, "service/db": {} }));
  const first = await world.forwarder("service/db", { kind: "sandbox", serves: [port] });
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "db");
  const target = { host: found.addresses[0] ?? "", port };
  expect((await say(target, "q")).text).toBe("row");
  first.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const answer = say(target, "q");
  await world.forwarder("service/db", { kind: "sandbox", serves: [port] });
  expect((await answer).text).toBe("row");
});

it("keeps a name's address for as long as somebody is connected to it", async () => {
  const { world, port } = await aTcpWorld((socket) => socket.pipe(socket));
  const wide = aRule({ host: { kind: "one-label", suffix: "many.test" }, ports: [port], protocol: "tcp" });
  await world.apply(aPolicy({ "agent/coder": { rules: [wide] } }));
  world.addresses.set("held.many.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const held = (await lookUp(forwarder.dnsPort, "held.many.test")).addresses[0] ?? "";
  const socket = await opened({ host: held, port });
  socket.write("a");
  await until(socket, "a");
  const addresses = new Set<string>();
  for (let index = 0; index < 1200; index += 1) {
    const [address = ""] = (await lookUp(forwarder.dnsPort, `n${index}.many.test`)).addresses;
    addresses.add(address);
  }
  expect(addresses.size).toBe(1200);
  expect(addresses.has(held)).toBe(false);
  expect((await lookUp(forwarder.dnsPort, "held.many.test")).addresses).toEqual([held]);
  socket.destroy();
}, 30_000);
