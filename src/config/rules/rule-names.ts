import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import { isOpenWord } from "./unknown-references.ts";
import type { Rule } from "./rule.ts";

/** Beyond this, comparing rules with each other takes longer than anyone waits. */
export const RULE_LIMIT = 2000;

/** Rules have names of their own, somebody uses each, and `open` is not one of them. */
export const ruleNames: Rule = (file, { agents, declared, places, services }) => {
  const rules = file.egress?.rules ?? [];
  const found: Diagnostic[] = [];
  if (rules.length > RULE_LIMIT) {
    found.push(
      diagnostic("TooManyRules", { count: rules.length, limit: RULE_LIMIT }, places.key(file.egress ?? {}, "rules")),
    );
  }
  const used = new Set<string>();
  for (const { entry } of [...agents, ...services]) {
    if (entry.egress === undefined || entry.egress === "open") continue;
    for (const [at, word] of entry.egress.entries()) {
      used.add(word);
      if (isOpenWord(word) && !declared.rules.has(word))
        found.push(diagnostic("OpenInList", { word }, places.value(entry.egress, at)));
    }
  }
  const first = new Map<string, SourceSpan>();
  for (const rule of rules) {
    const { name } = rule;
    const span = places.value(rule, "name");
    const earlier = first.get(name);
    if (earlier !== undefined)
      found.push(diagnostic("DuplicateRule", { name }, span, [{ message: "first named here", span: earlier }]));
    else if (!used.has(name)) found.push(diagnostic("UnusedRule", { name }, span));
    first.set(name, earlier ?? span);
  }
  return found;
};

/** A service's name resolves to the service: a rule for a host of that name would never be asked. */
export const serviceHosts: Rule = (file, { declared, places, rules }) =>
  (file.egress?.rules ?? []).flatMap((written) => {
    const host = rules.get(written)?.host;
    if (host?.kind !== "exact" || !declared.services.has(host.name)) return [];
    return [diagnostic("HostIsService", { host: host.name }, places.value(written, "host"))];
  });
