import type { Policy, PolicyRule, Subject } from "../gateway/policy.ts";
import { hostPatternText } from "../model/host-pattern-text.ts";
import { canonicalJson } from "../graph/digest.ts";

/** One sentence on who newly may, or no longer may, reach what. */
export interface ReachLine {
  readonly effect: "loosens" | "tightens";
  /** `agent/coder`, `service/db`. */
  readonly subject: string;
  readonly text: string;
}

/** What a change of the rules newly allows and forbids, per subject. Null = no rules at all. Pure, offline. */
export function reachDiff(before: Policy | null, after: Policy | null): readonly ReachLine[] {
  const subjects = [
    ...new Set([...Object.keys(before?.subjects ?? {}), ...Object.keys(after?.subjects ?? {})]),
  ].toSorted();
  return subjects.flatMap((subject) => {
    const was = reachOf(before?.subjects[subject]);
    const is = reachOf(after?.subjects[subject]);
    const name = subject.replace(/^(agent|service|publisher)\//, "");
    return [
      ...[...is.keys()]
        .filter((key) => !was.has(key))
        .map((key) => line("loosens", subject, `${name} may ${is.get(key) ?? ""}`)),
      ...[...was.keys()]
        .filter((key) => !is.has(key))
        .map((key) => line("tightens", subject, `${name} may no longer ${was.get(key) ?? ""}`)),
    ];
  });
}

/** The atoms of what a subject may reach: comparable keys with their sentence. A credential is part of the atom. */
export function reachOf(subject: Subject | undefined): ReadonlyMap<string, string> {
  const atoms = new Map<string, string>();
  if (subject === undefined) return atoms;
  if (subject.open) atoms.set("open", "reach every public host on every port");
  for (const rule of subject.rules) for (const [key, text] of ruleAtoms(rule)) atoms.set(key, text);
  for (const route of subject.routes) {
    atoms.set(canonicalJson(["route", route.name, route.port, route.to]), `connect to ${route.name}:${route.port}`);
  }
  return atoms;
}

function ruleAtoms(rule: PolicyRule): readonly (readonly [string, string])[] {
  const methods = rule.methods.length === 0 ? ["*"] : rule.methods;
  const paths = rule.paths.length === 0 ? ["/**"] : rule.paths;
  const addresses = rule.addresses.length === 0 ? "" : ` at ${rule.addresses.join(", ")}`;
  const credential = rule.credential === null ? "" : ` with credential ${rule.credential}`;
  return rule.ports.flatMap((port) =>
    methods.flatMap((method) =>
      paths.map((path) => {
        const key = canonicalJson([
          "rule",
          rule.host,
          port,
          rule.protocol,
          rule.tls,
          method,
          path,
          rule.query,
          rule.credential,
          rule.addresses,
          rule.override,
        ]);
        const everything = method === "*" && path === "/**";
        const what =
          everything || rule.protocol === "tcp"
            ? `reach ${rule.protocol}://${hostPatternText(rule.host)}:${port}`
            : `${method === "*" ? "call" : method} ${rule.protocol}://${hostPatternText(rule.host)}${portText(rule, port)}${path}`;
        return [key, `${what}${addresses}${credential}`] as const;
      }),
    ),
  );
}

function portText(rule: PolicyRule, port: number): string {
  return (rule.protocol === "https" && port === 443) || (rule.protocol === "http" && port === 80) ? "" : `:${port}`;
}

function line(effect: ReachLine["effect"], subject: string, text: string): ReachLine {
  return { effect, subject, text };
}
