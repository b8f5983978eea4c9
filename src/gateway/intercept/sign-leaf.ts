import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { canonicalHost } from "../canonical-host.ts";
import type { Authority } from "../provisions.ts";

/** What signs leaves: an intermediate, read once. */
export interface Signer {
  /** PEM of the intermediate and what leads to the root. */
  readonly chain: string;
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const HOUR_MS = 60 * 60_000;
/** For clients whose clock is behind. */
const BACKDATED_MS = HOUR_MS;
const LIFE_MS = 24 * HOUR_MS;

export function leafKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
}

/** PEM, PKCS #8. */
export async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

/** Rejects what is no P-256 intermediate with its key. */
export async function readSigner({ chain, key }: Authority): Promise<Signer> {
  const [pkcs8] = PemConverter.decode(key);
  const [certificate] = PemConverter.decode(chain);
  if (pkcs8 === undefined || certificate === undefined) throw new Error("the authority is no PEM");
  return {
    chain,
    certificate: new X509Certificate(certificate),
    key: await webcrypto.subtle.importKey("pkcs8", pkcs8, P256, false, ["sign"]),
  };
}

/** A certificate for exactly one canonical host, and until when it is good, in milliseconds since the epoch. */
export async function signLeaf(
  signer: Signer,
  publicKey: webcrypto.CryptoKey,
  host: string,
  now: number,
): Promise<{ readonly pem: string; readonly notAfter: number }> {
  const notAfter = Math.min(now + LIFE_MS, signer.certificate.notAfter.getTime());
  const address = canonicalHost(host).kind === "address";
  // A common name is read as a DNS name, so an address has none; nor does a name that is longer than such a field.
  const named = !address && host.length <= 64;
  const leaf = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: named ? [{ CN: [host] }] : [],
    issuer: signer.certificate.subject,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(notAfter),
    publicKey,
    signingKey: signer.key,
    signingAlgorithm: P256,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: address ? "ip" : "dns", value: host }], !named),
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey, false, webcrypto),
      await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
    ],
  });
  return { pem: leaf.toString("pem"), notAfter };
}

/** Positive, 16 random bytes: no two leaves are alike. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}
