import { createServer } from "node:net";
import { expect, it } from "vitest";
import { addressCheck } from "../../src/gateway/address-check.ts";
import { lookUp, say, tunnel } from "./support/clients.ts";
import { aPolicy, aRule, aWorld, listening } from "./support/world.ts";

const REFUSED = [
  ["a private address", ["10.0.0.1"]],
  ["the metadata address", ["169.254.169.254"]],
  ["loopback", ["127.0.0.1"]],
  ["IPv6 loopback", ["::1"]],
  ["a mapped address", ["::ffff:127.0.0.1"]],
  ["a public address and a private one", ["93.184.216.34", "10.0.0.1"]],
  ["a private address and a public one", ["192.168.0.1", "93.184.216.34"]],
  ["a public A and a private AAAA", ["93.184.216.34", "fd00::1"]],
  ["a NAT64 address", ["64:ff9b::a00:1"]],
] as const;

it.for(REFUSED)("dials nothing for a name that leads to %s", async ([, addresses]) => {
  let connections = 0;
  const port = await listening(createServer(() => (connections += 1)));
  const rules = [aRule({ ports: [port], protocol: "tcp" }), aRule({ name: "web", ports: [80], protocol: "http" })];
  const world = await aWorld(aPolicy({ "agent/coder": { rules } }), {
    addressCheckFor: (own) => addressCheck([], own),
  });
  world.addresses.set("api.test", addresses);
  const forwarder = await world.forwarder("agent/coder/0");
  expect((await tunnel(forwarder.proxyPort, `api.test:${port}`)).head).toMatch(/^HTTP\/1.1 403 /);
  const found = await lookUp(forwarder.dnsPort, "api.test");
  expect((await say({ host: found.addresses[0] ?? "", port }, "x")).end).toBe("reset");
  const request = "GET http://api.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n";
  expect((await say({ host: "127.0.0.1", port: forwarder.proxyPort }, request)).text).toContain(
    '"code":"address-refused"',
  );
  expect(connections).toBe(0);
});

it("dials the very address that was checked, though the name leads elsewhere at the next look-up", async () => {
  let connections = 0;
  const port = await listening(
    createServer((socket) => {
      connections += 1;
      socket.end("hello");
    }),
  );
  let lookUps = 0;
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ ports: [port], protocol: "tcp" })] } }), {
    resolverFor: () => async () => {
      lookUps += 1;
      return { ok: true, addresses: [lookUps === 1 ? "127.0.0.1" : "10.0.0.1"] };
    },
  });
  const forwarder = await world.forwarder("agent/coder/0");
  const first = await tunnel(forwarder.proxyPort, `api.test:${port}`);
  expect(first.head).toMatch(/^HTTP\/1.1 200 /);
  expect(lookUps).toBe(1);
  expect((await tunnel(forwarder.proxyPort, `api.test:${port}`)).head).toMatch(/^HTTP\/1.1 403 /);
  expect(connections).toBe(1);
});

it("never resolves a name that no rule covers, asked in any way", async () => {
  const world = await aWorld(aPolicy({ "agent/coder": { rules: [aRule({ credential: "key" })] } }));
  const forwarder = await world.forwarder("agent/coder/0");
  for (const name of ["secret-in-a-label.evil.test", "api.test", "x.api.test"]) {
    for (const type of ["A", "AAAA", "TXT", "MX", "SRV", "PTR", "HTTPS", "NULL"] as const) {
      expect((await lookUp(forwarder.dnsPort, name, type)).rcode).toBe("NXDOMAIN");
    }
    expect((await tunnel(forwarder.proxyPort, `${name}:443`)).head).toMatch(/^HTTP\/1.1 403 /);
  }
  expect(world.asked()).toEqual([]);
});
