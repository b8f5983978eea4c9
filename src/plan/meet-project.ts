import type { Policy } from "../gateway/policy.ts";

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The part of `meet` that holds for all subjects. Names are asked for where both ask, or else where they were asked for: to
 * ask nobody would cut everybody off. Roots are believed that both believe.
 */
export function projectMeet(before: Policy | null, after: Policy): Pick<Policy, "resolvers" | "trust"> {
  const resolvers = after.resolvers.filter((each) => before?.resolvers.includes(each) === true);
  const trusted = rootsOf(before?.trust ?? null);
  const trust = rootsOf(after.trust).filter((each) => trusted.includes(each));
  return {
    resolvers:
      resolvers.length > 0 || (after.resolvers.length === 0 && (before?.resolvers.length ?? 0) === 0)
        ? resolvers
        : (before?.resolvers ?? []),
    trust: trust.length === 0 ? null : `${trust.join("\n")}\n`,
  };
}

function rootsOf(pem: string | null): readonly string[] {
  return pem === null ? [] : (pem.match(PEM) ?? []);
}
