import * as fc from "fast-check";
import type { Policy, PolicyRule, Subject } from "../../src/gateway/policy.ts";
import type { HostPattern } from "../../src/model/model.ts";

export const exact = (name: string): HostPattern => ({ kind: "exact", name });

export function aRule(differences: Partial<PolicyRule> = {}): PolicyRule {
  return {
    name: "web",
    host: exact("api.test"),
    ports: [443],
    protocol: "https",
    tls: "tunnel",
    methods: [],
    paths: [],
    query: [],
    credential: null,
    addresses: [],
    override: "never",
    ...differences,
  };
}

export function aSubject(...rules: readonly PolicyRule[]): Subject {
  return { open: false, rules, routes: [] };
}

export function aPolicy(subjects: Readonly<Record<string, Subject>>): Policy {
  return { version: 1, project: "demo", resolvers: [], trust: null, hostAddresses: [], credentials: {}, subjects };
}

const label = fc.constantFrom("a", "b", "api");
const suffix = fc.array(label, { minLength: 1, maxLength: 2 }).map((labels) => [...labels, "test"].join("."));
const host: fc.Arbitrary<HostPattern> = fc.oneof(
  suffix.map(exact),
  suffix.map((each) => ({ kind: "one-label", suffix: each }) as const),
  suffix.map((each) => ({ kind: "any-depth", suffix: each }) as const),
  fc.constantFrom("192.0.2.1", "192.0.2.2").map((address) => ({ kind: "address", address }) as const),
);
/** Any rule of few hosts, ports and paths, so that two of them often meet. */
export const rule: fc.Arbitrary<PolicyRule> = fc
  .record({
    host,
    ports: fc.uniqueArray(fc.constantFrom(443, 80, 5432), { minLength: 1 }),
    protocol: fc.constantFrom("https", "http", "tcp"),
    tls: fc.constantFrom("intercept", "tunnel"),
    methods: fc.uniqueArray(fc.constantFrom("GET", "POST")),
    paths: fc.uniqueArray(fc.constantFrom("/v1/**", "/v2/**")),
    credential: fc.constantFrom(null, "one", "two"),
    addresses: fc.uniqueArray(fc.constantFrom("10.0.0.0/8", "192.168.0.0/16")),
    override: fc.constantFrom("never", "client"),
  })
  .map((fields) => aRule(fields as Partial<PolicyRule>)); // the constants above are the type's own
export const rules = fc.array(rule, { maxLength: 5 });
