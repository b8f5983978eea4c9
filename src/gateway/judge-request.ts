import type { Ask, Verdict } from "./decide.ts";
import type { Denial, DenyCode } from "./denial.ts";
import type { Guards } from "./guards.ts";
import { pathMatches, pathOf, queryMatches, targetRefusal } from "./path-match.ts";
import type { PolicyRule } from "./policy.ts";
import { bySpecificity } from "./specificity.ts";

/** One request against the rules for its host and port: allowed when any of them matches it wholly. */
export function judgeRequest(
  rules: readonly PolicyRule[],
  ask: Ask,
  host: string,
  deny: (code: DenyCode, rule: string | null, detail?: string) => Denial,
  guards: Guards,
): Verdict {
  const nearest = rules[0]?.name ?? null;
  const method = ask.method ?? "";
  const target = ask.rawTarget ?? "";
  const carried = rules.filter((rule) => rule.protocol === "tcp" || rule.protocol === ask.scheme);
  if (carried.length === 0) return deny("protocol-not-allowed", nearest, ask.scheme);
  // Where a rule lets any bytes through, no reading of a plain request can go beyond it.
  const anyBytes = ask.scheme === "http" && carried.some((rule) => rule.protocol === "tcp");
  if (!anyBytes && !METHODS.has(method)) return deny("request-refused", nearest, "the method");
  const unread = anyBytes || (method === "OPTIONS" && target === "*");
  const refusal = unread ? null : targetRefusal(target, guards);
  if (refusal !== null) return deny("target-refused", nearest, refusal);
  const byMethod = carried.filter((rule) => rule.methods.length === 0 || rule.methods.includes(method));
  const byPath = byMethod.filter(
    (rule) => rule.paths.length === 0 || rule.paths.some((glob) => pathMatches(glob, pathOf(target))),
  );
  const whole = byPath.filter((rule) => rule.query.every((wanted) => queryMatches(target, wanted, guards)));
  const [best] = whole.toSorted(bySpecificity(target));
  if (best !== undefined) {
    const carry = {
      kind: "checked",
      tls: best.protocol === "https" ? best.tls : "none",
      http: best.protocol === "http",
    } as const;
    return {
      verdict: "allow",
      host,
      port: ask.port,
      rule: best.name,
      options: { kind: "upstream", carry, addresses: whole.flatMap((rule) => rule.addresses) },
      credential: best.credential === null ? null : { name: best.credential, override: best.override },
    };
  }
  if (byMethod.length === 0) return deny("method-not-allowed", carried[0]?.name ?? null, method);
  if (byPath.length === 0) return deny("path-not-allowed", byMethod[0]?.name ?? null);
  return deny("query-not-allowed", byPath[0]?.name ?? null);
}

/** What Node's parser of HTTP/1.1 reads; over HTTP/2 nothing else is let through either. */
const METHODS: ReadonlySet<string> = new Set(
  (
    "ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS " +
    "PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE"
  ).split(" "),
);
