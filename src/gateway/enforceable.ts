import type { PolicyRule } from "./policy.ts";

/** Why the gateway cannot enforce a rule, or null. Such a rule allows nothing: it is never carried out in part. */
export function unenforceable(rule: PolicyRule): string | null {
  if (rule.credential !== null) return "a credential";
  if (rule.override !== "never") return "override";
  switch (rule.protocol) {
    case "https":
      if (rule.tls === "intercept") return "tls: intercept";
      return requestMatchers(rule) ? "methods, paths or query without interception" : null;
    case "http":
      return null;
    case "tcp":
      return requestMatchers(rule) ? "methods, paths or query on protocol tcp" : null;
  }
}

function requestMatchers(rule: PolicyRule): boolean {
  return rule.methods.length > 0 || rule.paths.length > 0 || rule.query.length > 0;
}
