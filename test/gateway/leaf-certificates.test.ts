import type { X509Certificate } from "node:crypto";
import { createServer, type SecureContext, connect } from "node:tls";
import { expect, it } from "vitest";
import { LeafCertificates } from "../../src/gateway/intercept/leaf-certificates.ts";
import type { Authority } from "../../src/gateway/provisions.ts";
import { aRoot } from "./support/authority.ts";
import { listening } from "./support/world.ts";

const HOUR_MS = 60 * 60_000;
const root = await aRoot();
const authority = await root.issue([
  { kind: "exact", name: "api.test" },
  { kind: "any-depth", suffix: "wide.test" },
  { kind: "address", address: "192.0.2.1" },
]);

/** What a client that trusts the root alone is shown. */
async function shown(context: SecureContext | null, host: string): Promise<X509Certificate> {
  if (context === null) throw new Error("no context");
  const server = createServer({ SNICallback: (_name, done) => done(null, context) });
  const port = await listening(server);
  const named = /[a-z]/.test(host)
    ? { servername: host }
    : { host, servername: "", checkServerIdentity: () => undefined };
  const client = connect({ port, ca: root.cert, ...named, host: "127.0.0.1" });
  await new Promise((resolve, reject) => client.once("secureConnect", resolve).once("error", reject));
  const certificate = client.getPeerX509Certificate();
  client.destroy();
  if (certificate === undefined) throw new Error("no certificate");
  return certificate;
}

function leavesOf(given: () => Authority | null, now: () => number = Date.now): LeafCertificates {
  return new LeafCertificates(given, { now });
}

it("shows a certificate for exactly the host, that a client of the root takes", async () => {
  const leaf = await shown(await leavesOf(() => authority).contextFor("api.test"), "api.test");
  expect(leaf.subjectAltName).toBe("DNS:api.test");
  expect(leaf.ca).toBe(false);
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(leaf.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: "prime256v1" });
  const lifeMs = Date.parse(leaf.validTo) - Date.parse(leaf.validFrom);
  expect(lifeMs).toBeLessThanOrEqual(26 * HOUR_MS);
  expect(Date.parse(leaf.validFrom)).toBeLessThan(Date.now() - HOUR_MS / 2);
});

it("names a host that is too long for a subject in the alternative name alone, and is taken", async () => {
  const host = `${"a".repeat(60)}.${"b".repeat(60)}.wide.test`;
  const leaf = await shown(await leavesOf(() => authority).contextFor(host), host);
  expect(leaf.subjectAltName).toBe(`DNS:${host}`);
});

it("is refused by clients for a host that the authority is not for", async () => {
  const leaves = leavesOf(() => authority);
  await expect(leaves.contextFor("evil.test").then((context) => shown(context, "evil.test"))).rejects.toThrow(
    /permitted subtree/,
  );
});

it("makes one certificate for all who ask at once, and another one in time", async () => {
  let now = Date.now();
  const leaves = leavesOf(
    () => authority,
    () => now,
  );
  const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => leaves.contextFor("api.test")));
  for (const each of others) expect(each).toBe(first);
  now += 22 * HOUR_MS;
  expect(await leaves.contextFor("api.test")).toBe(first);
  now += 2 * HOUR_MS;
  expect(await leaves.contextFor("api.test")).not.toBe(first);
});

it("has nothing without an authority, takes one as soon as it is there, and makes all anew for another", async () => {
  let given: Authority | null = null;
  const leaves = leavesOf(() => given);
  expect(leaves.ready()).toBe(false);
  expect(await leaves.contextFor("api.test")).toBeNull();
  given = authority;
  expect(leaves.ready()).toBe(true);
  const first = await leaves.contextFor("api.test");
  given = await root.issue([{ kind: "exact", name: "api.test" }]);
  const second = await leaves.contextFor("api.test");
  expect(second).not.toBe(first);
  expect((await shown(second, "api.test")).subjectAltName).toBe("DNS:api.test");
});

it("refuses to sign with an authority that is over, or is none, and with a good one after that", async () => {
  let given: Authority = authority;
  let now = Date.now() + 200 * 24 * HOUR_MS;
  const leaves = leavesOf(
    () => given,
    () => now,
  );
  await expect(leaves.contextFor("api.test")).rejects.toThrow("expired");
  now = Date.now();
  given = { chain: "no certificate", key: "no key" };
  await expect(leaves.contextFor("api.test")).rejects.toThrow();
  given = { ...authority };
  expect(await leaves.contextFor("api.test")).not.toBeNull();
});

it("keeps no more hosts than it may, and those that were used last", async () => {
  const leaves = new LeafCertificates(() => authority, { now: Date.now }, 4);
  const kept = await leaves.contextFor("kept.wide.test");
  const first = await leaves.contextFor("h0.wide.test");
  for (let index = 1; index < 10; index += 1) {
    await leaves.contextFor(`h${index}.wide.test`);
    expect(await leaves.contextFor("kept.wide.test")).toBe(kept);
  }
  expect(await leaves.contextFor("h0.wide.test")).not.toBe(first);
});
