import { type Guards, WHOLE } from "./guards.ts";
import type { PolicyRule } from "./policy.ts";

/** Why the gateway cannot enforce a rule, or null. Such a rule allows nothing: it is never carried out in part. */
export function unenforceable(rule: PolicyRule, guards: Guards = WHOLE): string | null {
  const read = rule.protocol === "http" || (rule.protocol === "https" && rule.tls === "intercept");
  if (guards.has("enforceable-rules") && !read && requestMatchers(rule)) {
    return `methods, paths or query on ${rule.protocol === "tcp" ? "protocol tcp" : "tls: tunnel"}`;
  }
  if (rule.credential === null || !guards.has("secrets-over-tls")) return null;
  // On plain http anybody on the way would read it.
  return read && rule.protocol === "https" ? null : "a credential without interception";
}

function requestMatchers(rule: PolicyRule): boolean {
  return rule.methods.length > 0 || rule.paths.length > 0 || rule.query.length > 0;
}
