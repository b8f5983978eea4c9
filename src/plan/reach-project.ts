import { createHash, X509Certificate } from "node:crypto";
import type { Policy } from "../gateway/policy.ts";

/** What the gateway does for all subjects: whom it asks for names, and whom it believes. As sentences behind "the gateway". */
export interface ProjectReach {
  readonly loosens: readonly string[];
  readonly tightens: readonly string[];
}

/**
 * Another resolver learns every name that is asked for and says where it is; another root may vouch for any host. Both
 * are loosenings, and leaving them is a tightening. Null = no rules at all.
 */
export function projectReach(before: Policy | null, after: Policy | null): ProjectReach {
  const [was, is] = [factsOf(before), factsOf(after)];
  // Where nothing was before, the defaults are no news.
  const news = (text: string): boolean => before !== null || text !== ASKS_THE_MACHINE;
  const olds = (text: string): boolean => after !== null || text !== ASKS_THE_MACHINE;
  const refused = addressesOf(after).filter((each) => before !== null && !addressesOf(before).includes(each));
  return {
    loosens: is.filter((each) => !was.includes(each) && news(each)).map((each) => `the gateway ${each}`),
    tightens: [
      ...was.filter((each) => !is.includes(each) && olds(each)).map((each) => `the gateway no longer ${each}`),
      // One that is given back is no longer this machine's: what the rules say of it holds again.
      ...refused.map((each) => `the gateway lets no wide rule reach this machine at ${each.replace(/\/\d+$/, "")}`),
    ],
  };
}

const ASKS_THE_MACHINE = "asks this machine's own resolvers for names";

// The rules before may be anybody's: what is not of the right shape says nothing.
function factsOf(policy: Policy | null): readonly string[] {
  if (policy === null) return [];
  const resolvers: unknown = policy.resolvers;
  const trust: unknown = policy.trust;
  const asked = Array.isArray(resolvers) ? resolvers.map(String) : [];
  return [
    ...(asked.length === 0
      ? [ASKS_THE_MACHINE]
      : asked.map((each) => `asks ${each} for names, and tells it each of them`)),
    ...(typeof trust === "string" ? certificatesOf(trust) : []).map(
      (each) => `believes every server that ${each} vouches for`,
    ),
  ];
}

function addressesOf(policy: Policy | null): readonly string[] {
  return policy?.hostAddresses ?? [];
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

// By fingerprint: two roots may have one name, and a renewed one has another fingerprint.
function certificatesOf(pem: string): readonly string[] {
  const found = [...pem.matchAll(PEM)].map(([block]) => nameOf(block));
  return found.length > 0 || pem.trim() === "" ? [...new Set(found)] : [`a text without a certificate (${short(pem)})`];
}

function nameOf(block: string): string {
  try {
    const { subject, fingerprint256 } = new X509Certificate(block);
    const name = subject.split("\n").find((each) => /^(CN|O)=/.test(each)) ?? "a root without a name";
    return `${name} (SHA-256 ${fingerprint256.replaceAll(":", "").slice(0, 16).toLowerCase()}…)`;
  } catch {
    return `an unreadable certificate (${short(block)})`;
  }
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
