import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { hostsOverlap } from "../host-overlap.ts";
import { ruleSets } from "../used-together.ts";
import { RULE_LIMIT } from "./rule-names.ts";
import type { Rule } from "./rule.ts";

/** On one host and port, TLS is either carried or read. */
export const tunnels: Rule = (file, index) => {
  const explicit = new Set<object>((file.egress?.rules ?? []).filter((rule) => rule.tls === "tunnel"));
  if (explicit.size === 0 || index.rules.size > RULE_LIMIT) return [];
  const found = new Map<object, Diagnostic>();
  for (const { whose, rules } of ruleSets(index)) {
    const readers = rules.filter(({ rule }) => rule.tls === "intercept");
    for (const { written, rule } of rules) {
      if (!explicit.has(written) || found.has(written)) continue;
      const other = readers.find(
        (each) => shares(each.rule.ports, rule.ports) && hostsOverlap(each.rule.host, rule.host),
      );
      if (other === undefined) continue;
      const related = [{ message: "read here", span: other.rule.origin }];
      found.set(
        written,
        diagnostic(
          "TunnelAndIntercept",
          { agent: whose, other: other.rule.name },
          index.places.key(written, "tls"),
          related,
        ),
      );
    }
  }
  return [...found.values()];
};

function shares(a: readonly number[], b: readonly number[]): boolean {
  return a.some((port) => b.includes(port));
}
