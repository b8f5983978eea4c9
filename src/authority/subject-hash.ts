import { createHash } from "node:crypto";
import type { X509Certificate } from "@peculiar/x509";
import { element } from "./der.ts";

const SET = 0x31;
const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;

/** The DER contents of the two attributes that coop's own roots have: 2.5.4.10 and 2.5.4.3. */
const ATTRIBUTES: Readonly<Record<string, Uint8Array>> = {
  O: Uint8Array.of(0x55, 0x04, 0x0a),
  CN: Uint8Array.of(0x55, 0x04, 0x03),
};

/**
 * Eight hex digits, as `openssl x509 -subject_hash` prints them: the name under which OpenSSL looks for a certificate in a
 * folder. SHA-1 over the canonical subject (lower case, single spaces, UTF-8), its first four bytes read backwards.
 */
export function subjectHash(certificate: X509Certificate): string {
  const sets = certificate.subjectName.toJSON().flatMap((name) =>
    Object.entries(name).flatMap(([attribute, values]) =>
      values.map((value) => {
        const identifier = ATTRIBUTES[attribute];
        if (identifier === undefined) throw new Error(`subjectHash: ${attribute} is in no root of coop's`);
        const text = value.trim().replaceAll(/\s+/g, " ").toLowerCase();
        return element(
          SET,
          element(SEQUENCE, element(OBJECT_IDENTIFIER, identifier), element(UTF8_STRING, Buffer.from(text))),
        );
      }),
    ),
  );
  const digest = createHash("sha1").update(Buffer.concat(sets)).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, "0");
}
