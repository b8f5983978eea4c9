import type { PolicyRule, Route, Subject } from "../gateway/policy.ts";
import { canonicalJson } from "../graph/digest.ts";

import { hostPatternText } from "../model/host-pattern-text.ts";
import { patternCovers } from "../model/pattern-covers.ts";

/** One thing that a subject may do: a rule taken apart to one port, one method, one path. */
export type Atom =
  /** Every public name, on every port. */
  | { readonly kind: "open" }
  | { readonly kind: "route"; readonly route: Route }
  | {
      readonly kind: "rule";
      readonly rule: PolicyRule;
      readonly port: number;
      readonly method: string;
      readonly path: string;
    };

export type RuleAtom = Extract<Atom, { readonly kind: "rule" }>;

/** Every method, every path. */
export const ANY_METHOD = "*";
export const ANY_PATH = "/**";

/** What a subject may reach, in the order of its rules. */
export function atomsOf(subject: Subject | undefined): readonly Atom[] {
  if (subject === undefined) return [];
  return [
    ...(subject.open ? [{ kind: "open" } as const] : []),
    ...subject.rules.flatMap(ruleAtoms),
    ...subject.routes.map((route) => ({ kind: "route", route }) as const),
  ];
}

function ruleAtoms(rule: PolicyRule): readonly RuleAtom[] {
  const methods = rule.methods.length === 0 ? [ANY_METHOD] : rule.methods;
  const paths = rule.paths.length === 0 ? [ANY_PATH] : rule.paths;
  return rule.ports.flatMap((port) =>
    methods.flatMap((method) => paths.map((path) => ({ kind: "rule", rule, port, method, path }) as const)),
  );
}

/** Whether whoever may do the first may do the second anyway. Where that is unsure, no. */
export function covers(wide: Atom, narrow: Atom): boolean {
  if (wide.kind === "route" || narrow.kind === "route") {
    return wide.kind === narrow.kind && canonicalJson(wide) === canonicalJson(narrow);
  }
  if (wide.kind === "open") {
    if (narrow.kind === "open") return true;
    const { host, credential, addresses } = narrow.rule;
    return host.kind !== "address" && credential === null && addresses.length === 0;
  }
  return narrow.kind === "rule" && coversRule(wide, narrow);
}

function coversRule(wide: RuleAtom, narrow: RuleAtom): boolean {
  const same = (key: "protocol" | "tls" | "query" | "credential" | "override"): boolean =>
    canonicalJson(wide.rule[key]) === canonicalJson(narrow.rule[key]);
  return (
    wide.port === narrow.port &&
    (wide.method === ANY_METHOD || wide.method === narrow.method) &&
    (wide.path === ANY_PATH || wide.path === narrow.path) &&
    same("protocol") &&
    same("tls") &&
    same("query") &&
    // A credential is reach of its own.
    same("credential") &&
    same("override") &&
    // Addresses open more besides the public ones.
    narrow.rule.addresses.every((each) => wide.rule.addresses.includes(each)) &&
    patternCovers(wide.rule.host, narrow.rule.host)
  );
}

/** The atom behind "may": `reach https://api.test:443`. */
export function atomText(atom: Atom): string {
  switch (atom.kind) {
    case "open":
      return "reach every public host on every port";
    case "route":
      return `connect to ${atom.route.name}:${atom.route.port}`;
    case "rule":
      return ruleText(atom);
  }
}

function ruleText({ rule, port, method, path }: RuleAtom): string {
  const { protocol } = rule;
  const host = hostPatternText(rule.host);
  const usual = (protocol === "https" && port === 443) || (protocol === "http" && port === 80);
  const everything = protocol === "tcp" || (method === ANY_METHOD && path === ANY_PATH);
  const what = everything
    ? `reach ${protocol}://${host}:${port}`
    : `${method === ANY_METHOD ? "call" : method} ${protocol}://${host}${usual ? "" : `:${port}`}${path}`;
  const addresses = rule.addresses.length === 0 ? "" : ` at ${rule.addresses.join(", ")}`;
  const credential = rule.credential === null ? "" : ` with credential ${rule.credential}`;
  return `${what}${addresses}${credential}`;
}
