import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { EgressRule } from "../../model/model.ts";
import { hostKey } from "../host-overlap.ts";
import { pathsOverlap } from "../path-overlap.ts";
import { ruleSets } from "../used-together.ts";
import type { RuleSet, WrittenRule } from "../used-together.ts";
import { RULE_LIMIT } from "./rule-names.ts";
import type { Rule } from "./rule.ts";

/** Where two rules match one request equally exactly, they must agree on what is done with it. */
export const ambiguousCredentials: Rule = (_file, index) => {
  if (index.rules.size > RULE_LIMIT) return [];
  const found = new Map<string, Diagnostic>();
  for (const set of ruleSets(index)) {
    for (const [first, second, what] of contradictions(set)) {
      const key = `${first.rule.name} ${second.rule.name}`;
      const related = [{ message: "the other rule", span: first.rule.origin }];
      found.set(
        key,
        found.get(key) ??
          diagnostic(
            "AmbiguousCredential",
            { agent: set.whose, other: first.rule.name, what },
            second.rule.origin,
            related,
          ),
      );
    }
  }
  return [...found.values()];
};

type Contradiction = readonly [first: WrittenRule, second: WrittenRule, what: string];

function contradictions({ rules }: RuleSet): readonly Contradiction[] {
  // Hosts are equally exact only where they are the same pattern: exact before `*` before `**`, longer suffix first.
  const byHost = new Map<string, WrittenRule[]>();
  for (const each of rules) byHost.set(hostKey(each.rule.host), [...(byHost.get(hostKey(each.rule.host)) ?? []), each]);
  return [...byHost.values()].flatMap((group) =>
    group.flatMap((second, at) =>
      group.slice(0, at).flatMap((first): readonly Contradiction[] => {
        const what = difference(first.rule, second.rule);
        return what !== null && equallyExact(first.rule, second.rule) ? [[first, second, what]] : [];
      }),
    ),
  );
}

function difference(a: EgressRule, b: EgressRule): string | null {
  if (a.credential !== b.credential) return "credential";
  return a.override === b.override ? null : "`override`";
}

function equallyExact(a: EgressRule, b: EgressRule): boolean {
  if (!a.ports.some((port) => b.ports.includes(port))) return false;
  if ((a.methods.length === 0) !== (b.methods.length === 0)) return false;
  if (a.methods.length > 0 && !a.methods.some((method) => b.methods.includes(method))) return false;
  if (a.query.some(({ name, value }) => b.query.some((each) => each.name === name && each.value !== value)))
    return false;
  if (a.paths.length === 0 || b.paths.length === 0) return a.paths.length === b.paths.length;
  return a.paths.some((path) => b.paths.some((other) => other.length === path.length && pathsOverlap(path, other)));
}
