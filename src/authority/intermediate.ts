import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  NameConstraints,
  id_ce_nameConstraints,
} from "@peculiar/asn1-x509";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import ipaddr from "ipaddr.js";
import type { HostPattern } from "../model/model.ts";
import type { ProjectRoot } from "./project-root.ts";
import { SIGNING, serialNumber } from "./signing.ts";

/** An intermediate and its key, as PEM: what the gateway signs the certificates of hosts with. */
export interface Intermediate {
  readonly chain: string;
  readonly key: string;
}

const DAY_MS = 24 * 3600 * 1000;

/** How long an intermediate is good for; it is made anew long before, at the first apply of each period. */
export const INTERMEDIATE_DAYS = 90;
const BACKDATED_MS = DAY_MS;

/**
 * A new intermediate that can vouch for the given hosts and nothing else: a gateway that is taken over cannot pretend to be
 * any other host to the sandboxes. `hosts` holds at least one.
 */
export async function issueIntermediate(
  root: ProjectRoot,
  hosts: readonly HostPattern[],
  now: number,
): Promise<Intermediate> {
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: root.certificate.subject,
    subject: [{ O: ["coop"] }, { CN: ["coop gateway"] }],
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + INTERMEDIATE_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: root.key,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], false),
      new Extension(id_ce_nameConstraints, true, AsnConvert.serialize(constraintsFor(hosts))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      await AuthorityKeyIdentifierExtension.create(root.certificate.publicKey, false, webcrypto),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { chain: `${certificate.toString("pem")}\n`, key: `${PemConverter.encode(key, "PRIVATE KEY")}\n` };
}

// A kind of name that no permitted entry speaks of would be free, so each kind has one, or all of it is excluded.
function constraintsFor(hosts: readonly HostPattern[]): NameConstraints {
  const names = hosts.flatMap((host) => {
    switch (host.kind) {
      case "exact":
        return [host.name];
      case "one-label":
      case "any-depth":
        return [host.suffix];
      case "address":
        return [];
    }
  });
  const addresses = hosts.flatMap((host) => (host.kind === "address" ? [ipaddr.parse(host.address)] : []));
  const permitted = [
    ...[...new Set(names.length > 0 ? names : [NOBODY])].toSorted().map((dNSName) => new GeneralName({ dNSName })),
    ...addresses.map((each) => net(`${each.toNormalizedString()}/${each.kind() === "ipv4" ? 32 : 128}`)),
  ];
  const kinds = [
    ["ipv4", "0.0.0.0/0"],
    ["ipv6", "::/0"],
  ] as const;
  const excluded = kinds.filter(([kind]) => !addresses.some((each) => each.kind() === kind)).map(([, all]) => net(all));
  return new NameConstraints({
    permittedSubtrees: subtrees(permitted),
    ...(excluded.length === 0 ? {} : { excludedSubtrees: subtrees(excluded) }),
  });
}

/** A reserved name (RFC 6761) that no host has. */
const NOBODY = "coop.invalid";

function subtrees(names: readonly GeneralName[]): GeneralSubtrees {
  return new GeneralSubtrees(names.map((base) => new GeneralSubtree({ base })));
}

function net(iPAddress: string): GeneralName {
  return new GeneralName({ iPAddress });
}
