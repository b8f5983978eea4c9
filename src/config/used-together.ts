import type { EgressRule } from "../model/model.ts";
import type { FileIndex } from "./file-index.ts";

/** The rules that one agent or service has, which is where rules can contradict each other. */
export interface RuleSet {
  /** Whose it is, in words. */
  readonly whose: string;
  readonly rules: readonly WrittenRule[];
}

export interface WrittenRule {
  readonly written: object;
  readonly rule: EgressRule;
}

/** Each different set of rules that somebody has, once. */
export function ruleSets({ agents, rules, services }: FileIndex): readonly RuleSet[] {
  const byName = new Map<string, WrittenRule[]>();
  for (const [written, rule] of rules) byName.set(rule.name, [...(byName.get(rule.name) ?? []), { written, rule }]);
  const sets = new Map<string, RuleSet>();
  const add = (whose: string, names: readonly string[] | "open" | undefined): void => {
    if (names === undefined || names === "open" || names.length < 2) return;
    const own = [...new Set(names)].toSorted();
    const key = own.join(" ");
    if (!sets.has(key)) sets.set(key, { whose, rules: own.flatMap((name) => byName.get(name) ?? []) });
  };
  for (const { name, entry, owner } of agents)
    add("agents" in owner && name === "defaults" ? "the defaults" : `the agent \`${name}\``, entry.egress);
  for (const { name, entry } of services) add(`the service \`${name}\``, entry.egress);
  return [...sets.values()];
}
