import { createHash } from "node:crypto";

/** Of the store that Java comes with; it protects nothing, certificates are public. */
export const JAVA_STORE_PASSWORD = "changeit";

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;

/** Salts the digest at the end of every store (sun.security.provider.JavaKeyStore). */
const WHITENER = "Mighty Aphrodite";

/** A Java key store (JKS) of trusted certificates, which every Java since 1.2 reads. Entries as DER; `now` in ms. */
export function javaTrustStore(certificates: readonly Uint8Array[], now: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(MAGIC, 0);
  head.writeUInt32BE(VERSION, 4);
  head.writeUInt32BE(certificates.length, 8);
  const entries = certificates.flatMap((certificate, index) => {
    const fixed = Buffer.alloc(12);
    fixed.writeUInt32BE(TRUSTED_CERTIFICATE, 0);
    const when = Buffer.alloc(8);
    when.writeBigUInt64BE(BigInt(now), 0);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(certificate.length, 0);
    return [fixed.subarray(0, 4), text(`coop-${index}`), when, text("X.509"), length, Buffer.from(certificate)];
  });
  const body = Buffer.concat([head, ...entries]);
  const password = Buffer.from(JAVA_STORE_PASSWORD, "utf16le").swap16();
  const digest = createHash("sha1").update(password).update(WHITENER).update(body).digest();
  return Buffer.concat([body, digest]);
}

// Java's modified UTF-8, which is ASCII for ASCII.
function text(ascii: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(ascii.length, 0);
  return Buffer.concat([length, Buffer.from(ascii, "latin1")]);
}
