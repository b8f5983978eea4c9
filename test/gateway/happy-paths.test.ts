import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { connect as tlsConnect, createServer as createTlsServer } from "node:tls";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { policyDigest } from "../../src/gateway/policy.ts";
import { aCertificate } from "./support/certificate.ts";
import { hear, lookUp, opened, say, tunnel, until } from "./support/clients.ts";
import { aFreePort, aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

const certificate = aCertificate(["api.test"]);

function tlsEcho(): ReturnType<typeof createTlsServer> {
  return createTlsServer(certificate, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
}

it("carries TLS through CONNECT when the server name is the name of the tunnel", async () => {
  const port = await listening(tlsEcho());
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port] })] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const { socket, head } = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  expect(head).toMatch(/^HTTP\/1.1 200 /);
  const tls = tlsConnect({ socket, servername: "api.test", ca: certificate.cert });
  tls.write("hello");
  expect(await until(tls, "hello")).toBe("hello");
  tls.destroy();
  await eventually(() =>
    world
      .lines()
      .some((line) => line["verdict"] === "allow" && line["via"] === "connect" && Number(line["bytesSent"]) > 100),
  );
});

it("carries TLS to a name that was looked up, without any proxy", async () => {
  const port = await listening(tlsEcho());
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port] })] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "API.test");
  expect(found.rcode).toBe("NOERROR");
  expect(found.addresses[0]).toMatch(/^127\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
  const tls = tlsConnect({ host: found.addresses[0] ?? "", port, servername: "api.test", ca: certificate.cert });
  tls.write("hello");
  expect(await until(tls, "hello")).toBe("hello");
  tls.destroy();
});

it("answers only for allowed names, only with A", async () => {
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({})] } }));
  const forwarder = await world.forwarder("agent/coder/0");
  expect(await lookUp(forwarder.dnsPort, "other.test")).toEqual({ rcode: "NXDOMAIN", addresses: [] });
  expect(await lookUp(forwarder.dnsPort, "api.test", "AAAA")).toEqual({ rcode: "NOERROR", addresses: [] });
  expect(await lookUp(forwarder.dnsPort, "localhost")).toEqual({ rcode: "NOERROR", addresses: ["127.0.0.1"] });
  expect(world.asked()).toEqual([]);
});

it("carries a protocol in which the server speaks first", async () => {
  const port = await listening(
    createServer((socket) => {
      socket.write("SSH-2.0-test\r\n");
      socket.on("data", (chunk: Buffer) => socket.end(`got ${chunk.toString()}`));
    }),
  );
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port], protocol: "tcp" })] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "api.test");
  const socket = await opened({ host: found.addresses[0] ?? "", port });
  expect(await until(socket, "\r\n")).toBe("SSH-2.0-test\r\n");
  socket.write("SSH-2.0-client");
  expect((await hear(socket)).text).toBe("got SSH-2.0-client");
});

it("judges each request of a kept-alive HTTP connection", async () => {
  const port = await listening(
    createHttpServer((request, response) => response.end(`${request.method} ${request.url} ${request.headers.host}`)),
  );
  const rule = aRule({ ports: [port], protocol: "http", methods: ["GET"], paths: ["/v1/**"] });
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [rule] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "api.test");
  const socket = await opened({ host: found.addresses[0] ?? "", port });
  socket.write(`GET /v1/a HTTP/1.1\r\nHost: api.test:${port}\r\n\r\n`);
  expect(await until(socket, `GET /v1/a api.test:${port}`)).toMatch(/^HTTP\/1.1 200 /);
  socket.write(`GET /v1/b HTTP/1.1\r\nHost: api.test:${port}\r\n\r\n`);
  expect(await until(socket, `GET /v1/b api.test:${port}`)).toMatch(/^HTTP\/1.1 200 /);
  socket.write(`GET /v2 HTTP/1.1\r\nHost: api.test:${port}\r\n\r\n`);
  const denied = await hear(socket);
  expect(denied.text).toMatch(/^HTTP\/1.1 403 /);
  expect(denied.text).toContain('"code":"path-not-allowed"');
});

it("turns a proxy request in absolute form into origin form", async () => {
  const port = await listening(
    createHttpServer((request, response) =>
      response.end(`${request.url} ${String(request.headers["proxy-connection"])}`),
    ),
  );
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port], protocol: "http" })] } }));
  world.addresses.set("api.test", ["127.0.0.1"]);
  const forwarder = await world.forwarder("agent/coder/0");
  const asked = `GET http://api.test:${port}/x?y=1 HTTP/1.1\r\nHost: api.test:${port}\r\nProxy-Connection: keep-alive\r\nConnection: close\r\n\r\n`;
  const heard = await say({ host: "127.0.0.1", port: forwarder.proxyPort }, asked);
  expect(heard.text).toContain("/x?y=1 undefined");
});

it("joins a client to a service's parked connection, and shows a closed port as a reset", async () => {
  const port = await listening(createServer((socket: Socket) => socket.write("ready for query")));
  const to = { identity: "service/db", port };
  const closed = { identity: "service/db", port: 1 };
  const routes = [
    { name: "db", port, to },
    { name: "db", port: port + 1 > 65535 ? 2000 : port + 1, to: closed },
  ];
  const world = await aWorld(aPolicy({ "agent/coder": { routes } }));
  await world.forwarder("service/db", { kind: "sandbox", serves: [port, 1] });
  const forwarder = await world.forwarder("agent/coder/0");
  const found = await lookUp(forwarder.dnsPort, "db");
  const socket = await opened({ host: found.addresses[0] ?? "", port });
  expect(await until(socket, "query")).toBe("ready for query");
  socket.destroy();
  expect((await say({ host: found.addresses[0] ?? "", port: routes[1]?.port ?? 0 }, "x")).end).toBe("reset");
});

it("publishes a sandbox's port", async () => {
  const port = await listening(createHttpServer((_request, response) => response.end("from the sandbox")));
  const to = { identity: "agent/coder/0", port };
  const world = await aWorld(
    aPolicy({ "agent/coder": {}, "publisher/coder/0": { routes: [{ name: "published", port, to }] } }),
  );
  await world.forwarder("agent/coder/0", { kind: "sandbox", serves: [port] });
  const free = await aFreePort();
  await world.forwarder("publisher/coder/0", { kind: "publisher", publishes: [{ listen: free, ...to }] });
  await eventually(
    async () =>
      (await fetch(`http://127.0.0.1:${free}/`).then(
        (answer) => answer.text(),
        () => "",
      )) === "from the sandbox",
  );
});

it("says which policy is in force", async () => {
  const policy = aPolicy({ "agent/coder": {} });
  const world = await aWorld(policy);
  const inForce = async (): Promise<unknown> =>
    JSON.parse(await readFile(join(world.runDirectory, "in-force.json"), "utf8"));
  expect(await inForce()).toMatchObject({ digest: policyDigest(policy), state: "in-force", reason: null });
  const next = aPolicy({ "agent/coder": { open: true } });
  await world.apply(next);
  expect(await inForce()).toMatchObject({ digest: policyDigest(next), state: "in-force" });
});
