import { X509Certificate } from "node:crypto";
import type { X509Certificate as RootCertificate } from "@peculiar/x509";
import { TRUST_DIRECTORY } from "../model/trust.ts";
import type { TrustFile } from "../model/trust.ts";
import { javaTrustStore } from "./java-trust-store.ts";
import { subjectHash } from "./subject-hash.ts";

/**
 * Everything by which programs in a sandbox come to trust the project's root besides the public ones: `root.pem` alone,
 * `bundle.pem` with all, `certs/` as OpenSSL looks things up, `java.jks`, and a line for apt. `added` is the PEM of
 * `egress.trust`, for tunnels that end at a host of the user's own; null = none.
 */
export function trustFiles(
  root: RootCertificate,
  publicRoots: readonly string[],
  added: string | null,
  now: number,
): readonly TrustFile[] {
  const rootPem = `${root.toString("pem")}\n`;
  const bundle = [rootPem, ...(added === null ? [] : [added]), ...publicRoots].map(withNewline).join("");
  const all = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return [
    { path: "root.pem", bytes: rootPem },
    { path: "bundle.pem", bytes: bundle },
    { path: "certs/", bytes: "" },
    { path: `certs/${subjectHash(root)}.0`, bytes: rootPem },
    // A folder of certificates takes the place of the system's, so it holds the others as well.
    { path: "certs/bundle.pem", bytes: bundle },
    {
      path: "java.jks",
      bytes: javaTrustStore(
        all.map((pem) => new X509Certificate(pem).raw),
        now,
      ),
    },
    { path: "apt.conf", bytes: `Acquire::https::CaInfo "${TRUST_DIRECTORY}/bundle.pem";\n` },
  ];
}

function withNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
