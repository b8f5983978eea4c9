import { createServer as createHttpServer } from "node:http";
import { type ClientHttp2Session, connect as h2Connect, createSecureServer } from "node:http2";
import { connect } from "node:tls";
import { expect, it } from "vitest";
import { aRoot, someProvisions } from "./support/authority.ts";
import { aCertificate } from "./support/certificate.ts";
import { say, tunnel } from "./support/clients.ts";
import { ask } from "./support/intercepted.ts";
import { aPolicy, aRule, aWorld, eventually, listening } from "./support/world.ts";

const HOSTS = 150;
/** What one sandbox may have idle, of each protocol. */
const KEPT = 128;

it("keeps a bounded number of idle connections of HTTP/1.1, however many hosts were asked", async () => {
  const upstream = createHttpServer((_request, response) => response.end("served"));
  // Longer than the test: the gateway itself must let go.
  upstream.keepAliveTimeout = 120_000;
  const port = await listening(upstream);
  const rule = aRule({ host: { kind: "one-label", suffix: "many.test" }, ports: [port], protocol: "http" });
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [rule] } }));
  const forwarder = await world.forwarder("agent/coder/0");
  const open = (): Promise<number> =>
    new Promise((resolve) => upstream.getConnections((_error, count) => resolve(count)));
  for (let each = 0; each < HOSTS; each += 1) {
    const host = `h${each}.many.test`;
    world.addresses.set(host, ["127.0.0.1"]);
    const { text } = await say(
      { host: "127.0.0.1", port: forwarder.proxyPort },
      `GET http://${host}:${port}/ HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`,
    );
    expect(text).toContain("served");
  }
  await eventually(async () => (await open()) <= KEPT);
  expect(await open()).toBeGreaterThan(KEPT / 2);
});

it("keeps a bounded number of idle connections of HTTP/2, however many hosts were asked", async () => {
  const names = Array.from({ length: HOSTS }, (_, index) => `h${index}.many.test`);
  const certificate = aCertificate(["*.many.test"]);
  const upstream = createSecureServer(certificate);
  let sessions = 0;
  upstream.on("session", (session) => {
    sessions += 1;
    session.once("close", () => (sessions -= 1));
  });
  upstream.on("sessionError", () => undefined);
  upstream.on("stream", (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("served");
  });
  const port = await listening(upstream);
  const rule = aRule({ host: { kind: "one-label", suffix: "many.test" }, ports: [port], tls: "intercept" });
  const root = await aRoot();
  const world = await aWorld({ ...aPolicy({ "agent/coder": { rules: [rule] } }), trust: certificate.cert });
  world.provide(someProvisions(await root.issue([{ kind: "any-depth", suffix: "many.test" }])));
  const forwarder = await world.forwarder("agent/coder/0");
  for (const host of names) {
    world.addresses.set(host, ["127.0.0.1"]);
    const { socket } = await tunnel(forwarder.proxyPort, `${host}:${port}`);
    const tls = connect({ socket, servername: host, ca: root.cert, ALPNProtocols: ["h2"] });
    tls.on("error", () => undefined);
    await new Promise((resolve, reject) => tls.once("secureConnect", resolve).once("error", reject));
    const session: ClientHttp2Session = h2Connect(`https://${host}:${port}`, { createConnection: () => tls });
    session.on("error", () => undefined);
    expect(await ask(session, { ":authority": `${host}:${port}`, ":path": "/" })).toMatchObject({ body: "served" });
    session.destroy();
  }
  await eventually(() => sessions <= KEPT);
  expect(sessions).toBeGreaterThan(KEPT / 2);
});
