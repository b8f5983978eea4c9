import { createServer as createTcpServer } from "node:net";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import { someProvisions } from "./support/authority.ts";
import { hear, lookUp, opened, tunnel, until } from "./support/clients.ts";
import { clientHello } from "./support/hello.ts";
import { WAYS, anUpstream, ask, intercepted } from "./support/intercepted.ts";
import { echoWebSockets } from "./support/web-socket.ts";
import { eventually, listening } from "./support/world.ts";

const ALERT_UNRECOGNIZED_NAME = "\x15\x03\x01\x00\x02\x02\x70";
const ALERT_INTERNAL_ERROR = "\x15\x03\x01\x00\x02\x02\x50";

describe.for(WAYS)("%s", (way) => {
  it.for([
    ["another server name", { names: ["evil.test"] }, "name-mismatch"],
    ["no server name", { names: null }, "sni-missing"],
    ["two server names", { names: ["api.test", "evil.test"] }, "protocol-not-allowed"],
  ] as const)("a hello with %s gets an alert, and no certificate", async ([, shape, code]) => {
    const at = await intercepted(anUpstream(() => undefined));
    const socket =
      way === "explicit"
        ? (await tunnel(at.forwarder.proxyPort, `api.test:${at.port}`)).socket
        : await opened({ host: (await lookUp(at.forwarder.dnsPort, "api.test")).addresses[0] ?? "", port: at.port });
    socket.write(clientHello(shape));
    expect((await hear(socket)).text).toBe(ALERT_UNRECOGNIZED_NAME);
    await eventually(() => at.world.lines().some((line) => line["code"] === code && line["host"] === "api.test"));
  });

  it("without an authority nothing is read, and it is said in the way that the client can hear", async () => {
    const at = await intercepted(anUpstream((_request, response) => response.end("x")));
    at.world.provide(null);
    if (way === "explicit") {
      const refused = await opened({ host: "127.0.0.1", port: at.forwarder.proxyPort });
      refused.write(`CONNECT api.test:${at.port} HTTP/1.1\r\nHost: api.test:${at.port}\r\n\r\n`);
      const heard = (await hear(refused)).text;
      expect(heard).toMatch(/^HTTP\/1.1 503 /);
      expect(heard).toContain('"code":"authority-not-ready"');
    } else {
      const found = await lookUp(at.forwarder.dnsPort, "api.test");
      const socket = await opened({ host: found.addresses[0] ?? "", port: at.port });
      socket.write(clientHello({ names: ["api.test"] }));
      expect((await hear(socket)).text).toBe(ALERT_INTERNAL_ERROR);
    }
    await eventually(() => at.world.lines().some((line) => line["code"] === "authority-not-ready"));
    at.world.provide(someProvisions(at.authority));
    const session = await at.h2(way);
    expect((await ask(session, { ":authority": `api.test:${at.port}`, ":path": "/" })).body).toBe("x");
  });
});

it("tells a client of HTTP/2 what is denied, why, by which rule, and what to ask for", async () => {
  const at = await intercepted(
    anUpstream(() => undefined),
    [{ name: "model", methods: ["GET"], paths: ["/v1/**"] }],
  );
  const session = await at.h2("transparent");
  const authority = `api.test:${at.port}`;
  const answer = async (headers: Record<string, string>): Promise<Record<string, unknown>> => {
    const got = await ask(session, { ":authority": authority, ":path": "/v1/", ...headers });
    expect(got.headers["content-type"]).toBe("application/json");
    return { status: got.status, ...(JSON.parse(got.body) as object) };
  };
  expect(await answer({ ":path": "/v2" })).toEqual({
    status: 403,
    code: "path-not-allowed",
    host: "api.test",
    rule: "model",
    fix: expect.stringMatching(/model.*paths/),
  });
  expect(await answer({ ":method": "DELETE" })).toMatchObject({
    status: 403,
    code: "method-not-allowed",
    fix: expect.stringMatching(/DELETE/),
  });
  expect(await answer({ ":path": "/v1/../x" })).toMatchObject({ status: 403, code: "target-refused" });
  expect(await answer({ ":authority": "other.test" })).toMatchObject({
    status: 421,
    code: "name-mismatch",
    host: "api.test",
  });
});

it("tells a client of gRPC by status and message", async () => {
  const at = await intercepted(
    anUpstream(() => undefined),
    [{ name: "model", paths: ["/ok/**"] }],
  );
  const session = await at.h2("transparent");
  const got = await ask(
    session,
    {
      ":method": "POST",
      ":authority": `api.test:${at.port}`,
      ":path": "/package.Service/Method",
      "content-type": "application/grpc+proto",
      te: "trailers",
    },
    "\0\0\0\0\0",
  );
  expect(got).toMatchObject({ status: 200, body: "", code: 0 });
  expect(got.headers).toMatchObject({ "content-type": "application/grpc", "grpc-status": "7" });
  const message = decodeURIComponent(String(got.headers["grpc-message"]));
  expect(JSON.parse(message)).toMatchObject({ code: "path-not-allowed", rule: "model" });
  expect(at.world.lines()).toContainEqual(expect.objectContaining({ code: "path-not-allowed", status: 403 }));
});

it.for([
  ["h2", { h1: false }],
  ["h1", { h2: false }],
] as const)("carries a call of gRPC with its trailers from an upstream of %s", async ([, speaks]) => {
  const seen: unknown[] = [];
  const at = await intercepted(
    anUpstream((request, response) => {
      seen.push(request.headers.te);
      response.writeHead(200, { "content-type": "application/grpc", trailer: "grpc-status" });
      response.write("message");
      request.resume();
      request.on("end", () => {
        response.addTrailers({ "grpc-status": "5", "grpc-message": "gone", "set-cookie": "a=b" });
        response.end();
      });
    }, speaks),
  );
  const session = await at.h2("transparent");
  const got = await ask(
    session,
    {
      ":method": "POST",
      ":authority": `api.test:${at.port}`,
      ":path": "/package.Service/Method",
      "content-type": "application/grpc",
      te: "trailers",
    },
    "request",
  );
  expect(got).toMatchObject({ status: 200, body: "message", code: 0 });
  expect(got.trailers).toMatchObject({ "grpc-status": "5", "grpc-message": "gone" });
  expect(got.trailers).not.toHaveProperty("set-cookie");
  expect(seen).toEqual(["h1" in speaks ? "trailers" : undefined]);
});

it("says of an upstream that is not there, and of one that breaks off before it answers, that it is so", async () => {
  const port = await listening(createTcpServer((socket) => socket.destroy()));
  const at = await intercepted(
    anUpstream(() => undefined),
    [{}, { name: "broken", ports: [port] }, { name: "nowhere", ports: [1] }],
  );
  for (const each of [port, 1]) {
    const { socket } = await tunnel(at.forwarder.proxyPort, `api.test:${each}`);
    const tls = connect({ socket, servername: "api.test", ca: at.root });
    tls.write(`GET / HTTP/1.1\r\nHost: api.test:${each}\r\n\r\n`);
    const heard = await until(tls, "}");
    expect(heard).toMatch(/^HTTP\/1.1 502 /);
    expect(heard).toContain('"code":"unreachable"');
    tls.destroy();
  }
});

it("answers a WebSocket that an upstream refuses with what the upstream said", async () => {
  const at = await intercepted(
    echoWebSockets(
      anUpstream((_request, response) => response.end("never")),
      () => undefined,
    ),
    [{ name: "ws", paths: ["/other"] }],
  );
  const session = await at.h2("transparent");
  const got = await ask(session, {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "https",
    ":authority": `api.test:${at.port}`,
    ":path": "/ws",
    "sec-websocket-version": "13",
  });
  expect(got.status).toBe(403);
  expect(JSON.parse(got.body)).toMatchObject({ code: "path-not-allowed" });
});

it("shows a client of an address that address, and verifies the upstream's own", async () => {
  const at = await intercepted(
    anUpstream(() => undefined),
    [{ name: "address", host: { kind: "address", address: "127.0.0.1" } }],
  );
  const { socket } = await tunnel(at.forwarder.proxyPort, `127.0.0.1:${at.port}`);
  const tls = connect({ socket, host: "127.0.0.1", ca: at.root });
  await new Promise((resolve, reject) => tls.once("secureConnect", resolve).once("error", reject));
  expect(tls.getPeerX509Certificate()?.subjectAltName).toBe("IP Address:127.0.0.1");
  tls.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${at.port}\r\n\r\n`);
  expect(await until(tls, "}")).toContain('"code":"upstream-untrusted"');
});
