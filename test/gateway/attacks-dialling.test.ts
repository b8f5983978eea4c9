import { createServer } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { expect, it, onTestFinished } from "vitest";
import { type Guard, WHOLE } from "../../src/gateway/guards.ts";
import { aCertificate } from "./support/certificate.ts";
import { hear, opened, say } from "./support/clients.ts";
import { anUpstream, ask, intercepted } from "./support/intercepted.ts";
import { aPolicy, aRule, aWorld, listening } from "./support/world.ts";

function without(off: Guard | null): ReadonlySet<Guard> {
  return new Set([...WHOLE].filter((each) => each !== off));
}

/** A victim on another loopback address, which the address check of these tests takes for a private one. */
interface Victim {
  readonly port: number;
  /** Even a connection over which nothing is carried tells what is there. */
  readonly reached: () => boolean;
}

async function aVictim(): Promise<Victim> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.end("victim");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, reached: () => connections > 0 };
}

async function reaches(off: Guard | null, resolver: () => readonly string[]): Promise<boolean> {
  const { port, reached } = await aVictim();
  const rules = [aRule({ ports: [port], protocol: "tcp" })];
  const world = await aWorld(aPolicy({ "agent/coder": { rules } }), {
    guards: without(off),
    resolverFor: () => async () => ({ ok: true, addresses: resolver() }),
  });
  const forwarder = await world.forwarder("agent/coder/0");
  const client = await opened({ host: "127.0.0.1", port: forwarder.proxyPort });
  client.write(`CONNECT api.test:${port} HTTP/1.1\r\nHost: api.test:${port}\r\n\r\n`);
  const heard = await hear(client);
  // What is dialled is looked at once more before a byte goes over it.
  expect(heard.text).not.toContain("victim");
  return reached();
}

it("a name that leads to a private address is dialled without the guard addresses alone", async () => {
  const attack = (off: Guard | null): Promise<boolean> => reaches(off, () => ["127.0.0.2"]);
  expect(await attack(null)).toBe(false);
  expect(await attack("addresses")).toBe(true);
});

it("a private address behind a public one that does not answer is dialled without the guard all-answers alone", async () => {
  const attack = (off: Guard | null): Promise<boolean> => reaches(off, () => ["127.0.0.1", "127.0.0.2"]);
  expect(await attack(null)).toBe(false);
  expect(await attack("all-answers")).toBe(true);
});

it("a name that changes between check and dial is dialled without the guard one-look-up alone", async () => {
  const attack = (off: Guard | null): Promise<boolean> => {
    let asked = 0;
    return reaches(off, () => [(asked += 1) === 1 ? "127.0.0.1" : "127.0.0.2"]);
  };
  expect(await attack(null)).toBe(false);
  expect(await attack("one-look-up")).toBe(true);
});

it.for([
  ["of nobody that is trusted", aCertificate(["api.test"]), false],
  ["of another name", aCertificate(["evil.test"]), true],
] as const)(
  "an upstream with a certificate %s is sent the request without the guard upstream-trust alone",
  async ([, certificate, trusted]) => {
    const attack = async (off: Guard | null): Promise<number> => {
      let requests = 0;
      const upstream = createTlsServer(certificate, (_request, response) => {
        requests += 1;
        response.end();
      });
      const at = await intercepted(upstream, [{}], { guards: without(off) });
      if (trusted) await at.apply([{}], { trust: certificate.cert });
      const session = await at.h2("transparent");
      const answer = await ask(session, { ":authority": `api.test:${at.port}`, ":path": "/" });
      if (off === null) expect(JSON.parse(answer.body)).toMatchObject({ code: "upstream-untrusted" });
      return requests;
    };
    expect(await attack(null)).toBe(0);
    expect(await attack("upstream-trust")).toBe(1);
  },
);

it("two sandboxes share an upstream's connection without the guard scopes alone", async () => {
  const attack = async (off: Guard | null): Promise<number> => {
    const connections = new Set<object>();
    const port = await listening(
      createHttpServer((request, response) => {
        connections.add(request.socket);
        response.end("x");
      }),
    );
    const rules = [aRule({ ports: [port], protocol: "http" })];
    const world = await aWorld(aPolicy({ "agent/coder": { rules }, "agent/other": { rules } }), {
      guards: without(off),
    });
    world.addresses.set("api.test", ["127.0.0.1"]);
    for (const identity of ["agent/coder/0", "agent/other/0"]) {
      const { proxyPort } = await world.forwarder(identity);
      const request = `GET http://api.test:${port}/ HTTP/1.1\r\nHost: api.test:${port}\r\nConnection: close\r\n\r\n`;
      await say({ host: "127.0.0.1", port: proxyPort }, request);
    }
    return connections.size;
  };
  expect(await attack(null)).toBe(2);
  expect(await attack("scopes")).toBe(1);
});

it("keeps a connection for the next request of its scope, and for none whose rules open other addresses", async () => {
  const connections = new Set<object>();
  const at = await intercepted(
    anUpstream(
      (request, response) => {
        connections.add(request.socket);
        response.end("x");
      },
      { h2: false },
    ),
    [
      { name: "a", paths: ["/a"] },
      { name: "b", paths: ["/b"], addresses: ["10.0.0.0/8"] },
    ],
  );
  const session = await at.h2("transparent");
  for (const path of ["/a", "/a", "/b", "/b", "/a"])
    expect((await ask(session, { ":authority": `api.test:${at.port}`, ":path": path })).status).toBe(200);
  expect(connections.size).toBe(2);
});
