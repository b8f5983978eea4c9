import type { Ask, Verdict } from "./decide.ts";
import type { Denial, DenyCode } from "./denial.ts";
import { hostSpecificity } from "./host-match.ts";
import { pathMatches, pathOf, queryMatches, targetRefusal } from "./path-match.ts";
import type { PolicyRule } from "./policy.ts";

/** One request against the rules for its host and port: allowed when any of them matches it wholly. */
export function judgeRequest(
  rules: readonly PolicyRule[],
  ask: Ask,
  host: string,
  deny: (code: DenyCode, rule: string | null, detail?: string) => Denial,
): Verdict {
  const nearest = rules[0]?.name ?? null;
  const method = ask.method ?? "";
  const target = ask.rawTarget ?? "";
  if (!/^[A-Z][A-Z-]{0,31}$/.test(method)) return deny("request-refused", nearest, "the method");
  const refusal = method === "OPTIONS" && target === "*" ? null : targetRefusal(target);
  if (refusal !== null) return deny("target-refused", nearest, refusal);
  const carried = rules.filter((rule) => rule.protocol === "tcp" || rule.protocol === ask.scheme);
  const byMethod = carried.filter((rule) => rule.methods.length === 0 || rule.methods.includes(method));
  const byPath = byMethod.filter(
    (rule) => rule.paths.length === 0 || rule.paths.some((glob) => pathMatches(glob, pathOf(target))),
  );
  const whole = byPath.filter((rule) => rule.query.every((wanted) => queryMatches(target, wanted)));
  const [best] = whole.toSorted((a, b) => moreSpecific(a, b, target));
  if (best !== undefined) {
    const carry = { kind: "checked", tls: best.protocol === "https", http: best.protocol === "http" } as const;
    return {
      verdict: "allow",
      host,
      port: ask.port,
      rule: best.name,
      options: { kind: "upstream", carry, addresses: whole.flatMap((rule) => rule.addresses) },
    };
  }
  if (carried.length === 0) return deny("protocol-not-allowed", nearest, ask.scheme);
  if (byMethod.length === 0) return deny("method-not-allowed", carried[0]?.name ?? null, method);
  if (byPath.length === 0) return deny("path-not-allowed", byMethod[0]?.name ?? null);
  return deny("query-not-allowed", byPath[0]?.name ?? null);
}

/** Exact host before `*` before `**`; then the longer path; then a named method. Order in the file never counts. */
function moreSpecific(a: PolicyRule, b: PolicyRule, target: string): number {
  const [kindA, suffixA] = hostSpecificity(a.host);
  const [kindB, suffixB] = hostSpecificity(b.host);
  return (
    kindB - kindA ||
    suffixB - suffixA ||
    longestPath(b, target) - longestPath(a, target) ||
    Number(b.methods.length > 0) - Number(a.methods.length > 0) ||
    (a.name < b.name ? -1 : 1)
  );
}

function longestPath(rule: PolicyRule, target: string): number {
  return Math.max(0, ...rule.paths.filter((glob) => pathMatches(glob, pathOf(target))).map((glob) => glob.length));
}
