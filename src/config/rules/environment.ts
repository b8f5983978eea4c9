import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { variablesOf } from "../environment.ts";
import type { WrittenVariable } from "../environment.ts";
import type { Rule } from "./rule.ts";

const PROXY = /^(?:(?:https?|ftp|all|no)_proxy)$/iu;

/** Variables are coop's or the user's, and each says plainly what it holds. */
export const environment: Rule = (_file, { agents, places, services }) => [
  ...agents.flatMap(({ entry }) => problemsOf(variablesOf(entry.environment, places), false)),
  ...services.flatMap(({ entry }) => problemsOf(variablesOf(entry.environment, places), true)),
];

function problemsOf(variables: readonly WrittenVariable[], isService: boolean): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const names = new Set<string>();
  for (const variable of variables) {
    const { name, nameSpan } = variable;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) {
      found.push(diagnostic("InvalidEnvironmentName", { name }, nameSpan));
      continue;
    }
    if (names.has(name)) found.push(diagnostic("DuplicateVariable", { name }, nameSpan));
    names.add(name);
    found.push(...reserved(variable), ...valueProblems(variable, isService));
  }
  return found;
}

function reserved({ name, nameSpan }: WrittenVariable): readonly Diagnostic[] {
  if (name.toUpperCase().startsWith("COOP_")) {
    const facts = { name, why: "names that begin with `COOP_` are coop's own", mend: "Choose another name." };
    return [diagnostic("ReservedVariable", facts, nameSpan)];
  }
  if (!PROXY.test(name)) return [];
  const facts = {
    name,
    why: "coop sets the proxy variables to the sandbox's own proxy",
    mend: "Remove it; allow hosts by `egress`.",
  };
  return [diagnostic("ReservedVariable", facts, nameSpan)];
}

function valueProblems(
  { name, value, spelling, valueSpan }: WrittenVariable,
  isService: boolean,
): readonly Diagnostic[] {
  if (value === null) return [diagnostic("NoValue", { name }, valueSpan)];
  if (typeof value === "number" && String(value) !== spelling) {
    return [diagnostic("AmbiguousNumber", { name, spelled: spelling, read: String(value) }, valueSpan)];
  }
  if (typeof value !== "object") return [];
  const count = [value.env, value.credential, value.generate].filter((each) => each !== undefined).length;
  if (count !== 1) return [diagnostic("SourceNeeded", { count }, valueSpan)];
  return value.generate === true && !isService ? [diagnostic("GenerateInAgent", { name }, valueSpan)] : [];
}
