import { beforeEach, expect, it } from "vitest";
import type { Forwarder } from "../../src/gateway/forwarder/forwarder.ts";
import { lookUp, say } from "./support/clients.ts";
import { type World, aPolicy, aRule, aWorld } from "./support/world.ts";

const NAME = "policy.coop.internal";

let world: World;
let coder: Forwarder;
let visitor: Forwarder;

const READS = aRule({ name: "reads", ports: [443], methods: ["GET"], paths: ["/v1/**"], credential: "vendor" });

beforeEach(async () => {
  world = await aWorld(
    aPolicy({
      "agent/coder": {
        rules: [READS],
        routes: [{ name: "db", port: 5432, to: { identity: "service/db", port: 5432 } }],
      },
      "agent/visitor": { rules: [aRule({ name: "other", host: { kind: "exact", name: "other.test" } })] },
    }),
  );
  coder = await world.forwarder("agent/coder/0");
  visitor = await world.forwarder("agent/visitor/0");
});

const asked = async (forwarder: Forwarder): Promise<string> => {
  const request = `GET http://${NAME}/ HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`;
  return (await say({ host: "127.0.0.1", port: forwarder.proxyPort }, request)).text;
};

it("tells each sandbox what it may reach itself, and nothing of another", async () => {
  const [own, others] = [await asked(coder), await asked(visitor)];
  expect(own).toContain("HTTP/1.1 200 OK");
  expect(own).toContain("- GET https://api.test, paths /v1/**, with the credential vendor (rule reads)");
  expect(own).toContain("- db:5432 (a service of this project)");
  expect(others).toContain("other.test");
  expect(others).not.toContain("vendor");
  expect(world.asked()).toEqual([]);
});

it("tells the rules in force at the moment, without a restart", async () => {
  await world.apply(
    aPolicy({ "agent/coder": { rules: [aRule({ name: "later", host: { kind: "exact", name: "later.test" } })] } }),
  );
  expect(await asked(coder)).toContain("later.test");
  expect(await asked(visitor)).not.toContain("200 OK");
});

it("is found by clients that know no proxy, and has no other port", async () => {
  const found = await lookUp(coder.dnsPort, NAME);
  const request = `GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`;
  expect((await say({ host: found.addresses[0] ?? "", port: 80 }, request)).text).toContain("(rule reads)");
  const tunnelled = await say(
    { host: "127.0.0.1", port: coder.proxyPort },
    `CONNECT ${NAME}:443 HTTP/1.1\r\nHost: ${NAME}:443\r\n\r\n`,
  );
  expect(tunnelled.text).toContain("403");
});

it("answers a question for a WebSocket, a body and a HEAD as plainly", async () => {
  const proxy = { host: "127.0.0.1", port: coder.proxyPort };
  const to = `http://${NAME}/ HTTP/1.1\r\nHost: ${NAME}\r\n`;
  const upgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  expect((await say(proxy, `GET ${to}${upgrade}`)).text).toMatch(/^HTTP\/1\.1 (200|403|426) /);
  expect((await say(proxy, `POST ${to}Connection: close\r\nContent-Length: 5\r\n\r\nhello`)).text).toContain(
    "(rule reads)",
  );
  expect((await say(proxy, `HEAD ${to}Connection: close\r\n\r\n`)).text).not.toContain("(rule reads)");
  expect(world.lines().filter((line) => line["event"] === "exchange-failed")).toEqual([]);
});
