import "reflect-metadata";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createHash, webcrypto } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import {
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { issueIntermediate } from "../../src/authority/intermediate.ts";
import { javaTrustStore } from "../../src/authority/java-trust-store.ts";
import { projectRoot } from "../../src/authority/project-root.ts";
import type { ProjectRoot } from "../../src/authority/project-root.ts";
import { SIGNING, serialNumber } from "../../src/authority/signing.ts";
import { subjectHash } from "../../src/authority/subject-hash.ts";
import { trustFiles } from "../../src/authority/trust-files.ts";
import type { HostPattern } from "../../src/model/model.ts";

const NOW = Date.now();
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coop-authority-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A server certificate for a name, signed as the gateway would. */
async function leafFor(chain: string, keyPem: string, name: string): Promise<{ cert: string; key: string }> {
  const issuer = new X509Certificate(chain);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(keyPem), SIGNING, false, [
    "sign",
  ]);
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ["sign", "verify"]);
  const type = /^[0-9.]+$/.test(name) ? "ip" : "dns";
  const leaf = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: issuer.subject,
    subject: [{ O: ["coop"] }],
    notBefore: new Date(NOW - 1000),
    notAfter: new Date(NOW + 3_600_000),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [new SubjectAlternativeNameExtension([{ type, value: name }])],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { cert: `${leaf.toString("pem")}\n${chain}`, key };
}

/** Whether OpenSSL, as Node has it, believes a server that shows this chain for this name. */
async function believed(root: ProjectRoot, hosts: readonly HostPattern[], name: string): Promise<string> {
  const { chain, key } = await issueIntermediate(root, hosts, NOW);
  const leaf = await leafFor(chain, key, name);
  const server = createServer({ cert: leaf.cert, key: leaf.key }, (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's
  const isAddress = /^[0-9.]+$/.test(name);
  const client = connect({
    port,
    host: "127.0.0.1",
    ...(isAddress ? {} : { servername: name }),
    ca: root.certificate.toString("pem"),
    checkServerIdentity: () => undefined,
  });
  client.on("error", () => undefined);
  const outcome = await Promise.race([
    once(client, "secureConnect").then(() => "believed"),
    new Promise<string>((resolve) => client.once("error", (error) => resolve(error.message))),
  ]);
  client.destroy();
  server.close();
  return outcome;
}

describe("a project's root", () => {
  it("is made once, however many ask at the same time, and only its owner may read it", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => projectRoot(folder, "demo", NOW)));
    expect(new Set(made.map((each) => each.fingerprint)).size).toBe(1);
    expect((await projectRoot(folder, "demo", NOW)).fingerprint).toBe(made[0]?.fingerprint);
    expect(statSync(join(folder, "root.pem")).mode & 0o777).toBe(0o600);
  });

  it("is never written over when it is damaged", async () => {
    writeFileSync(join(folder, "root.pem"), "not a key", { mode: 0o600 });
    await expect(projectRoot(folder, "demo", NOW)).rejects.toMatchObject({ code: "STATE_UNREADABLE" });
    expect(readFileSync(join(folder, "root.pem"), "utf8")).toBe("not a key");
  });

  it("is refused when others may read it", async () => {
    await projectRoot(folder, "demo", NOW);
    chmodSync(join(folder, "root.pem"), 0o640);
    await expect(projectRoot(folder, "demo", NOW)).rejects.toMatchObject({ code: "FILE_TOO_OPEN" });
  });

  it("has a name of at most 64 characters, whatever the project is called", async () => {
    const root = await projectRoot(folder, "p".repeat(63), NOW);
    expect(root.certificate.subjectName.getField("CN")[0]?.length).toBeLessThanOrEqual(64);
  });
});

describe("an intermediate", () => {
  const exact = { kind: "exact", name: "api.example.com" } as const;
  const below = { kind: "any-depth", suffix: "corp.test" } as const;
  const address = { kind: "address", address: "10.1.2.3" } as const;

  it.each([
    [[exact], "api.example.com", "believed"],
    [[exact], "www.example.com", "permitted subtree violation"],
    [[exact], "example.com", "permitted subtree violation"],
    [[exact], "127.0.0.1", "excluded subtree violation"],
    [[below], "a.b.corp.test", "believed"],
    [[below], "evilcorp.test", "permitted subtree violation"],
    [[address], "10.1.2.3", "believed"],
    [[address], "10.1.2.4", "permitted subtree violation"],
    [[address], "api.example.com", "permitted subtree violation"],
    [[exact, address], "10.1.2.3", "believed"],
  ] as const)("for %j vouches for %s: %s", async (hosts, name, outcome) => {
    const root = await projectRoot(folder, "demo", NOW);
    expect(await believed(root, hosts, name)).toBe(outcome);
  });

  it("cannot make another authority", async () => {
    const root = await projectRoot(folder, "demo", NOW);
    const { chain } = await issueIntermediate(root, [exact], NOW);
    expect(new X509Certificate(chain).extensions.find((each) => each.type === "2.5.29.19")).toMatchObject({
      ca: true,
      pathLength: 0,
      critical: true,
    });
  });
});

describe("the files of trust", () => {
  // Made by coop; the hash is what `openssl x509 -subject_hash` of OpenSSL 3 prints for it.
  const KNOWN = `-----BEGIN CERTIFICATE-----
MIIBqzCCAVGgAwIBAgIQde/rtDTn2ZdijY2MnYgNFzAKBggqhkjOPQQDAjA0MQ0w
CwYDVQQKEwRjb29wMSMwIQYDVQQDExpjb29wIHJvb3Qgb2YgZGVtbyA1ZGMyZDNh
ZjAeFw0yNjExMjAxODUxNTNaFw0zNjExMTgxODUxNTNaMDQxDTALBgNVBAoTBGNv
b3AxIzAhBgNVBAMTGmNvb3Agcm9vdCBvZiBkZW1vIDVkYzJkM2FmMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEKVAAXrYcKBcq4GRuR7/CaGnQDhMfUBntSu8y/OjP
Qg4IS2Cg2/LB7lljaj4JvlWlHXIzNCkitEONdEdNf/nJL6NFMEMwEgYDVR0TAQH/
BAgwBgEB/wIBATAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFJZS4PL74V9ceZQh
jjRFvVmCfI7uMAoGCCqGSM49BAMCA0gAMEUCIHn47U4cpoLvjz5NzKBc4LYr+dKG
kPVEc/ozDNN23p68AiEAxB/F3OXRVGMsEPpPJW42z6JjVD+pOQiRWThi+3foZf4=
-----END CERTIFICATE-----`;

  it("name a certificate as OpenSSL looks for it", () => {
    expect(subjectHash(new X509Certificate(KNOWN))).toBe("46c877bf");
  });

  it("hold the root alone, and the root with the public ones and those of the file", () => {
    const files = new Map(
      trustFiles(new X509Certificate(KNOWN), [KNOWN, KNOWN], KNOWN, NOW).map((each) => [each.path, each.bytes]),
    );
    const count = (path: string): number => String(files.get(path)).match(/BEGIN CERTIFICATE/g)?.length ?? 0;
    expect([count("root.pem"), count("bundle.pem"), count("certs/46c877bf.0")]).toEqual([1, 4, 1]);
  });

  it("have a Java store whose digest is as Java computes it", () => {
    const store = javaTrustStore([new Uint8Array(new X509Certificate(KNOWN).rawData)], NOW);
    const body = store.subarray(0, -20);
    const password = Buffer.from("\0c\0h\0a\0n\0g\0e\0i\0t", "latin1");
    expect(createHash("sha1").update(password).update("Mighty Aphrodite").update(body).digest("hex")).toBe(
      store.subarray(-20).toString("hex"),
    );
    expect(store.readUInt32BE(8)).toBe(1);
  });
});
