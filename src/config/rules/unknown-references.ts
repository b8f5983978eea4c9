import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import { quotedList } from "../../diagnostics/wording.ts";
import { variablesOf } from "../environment.ts";
import type { ReferenceKind } from "../file-index.ts";
import type { Rule } from "./rule.ts";

const WHAT = {
  agents: "agent",
  services: "service",
  credentials: "credential",
  fleets: "fleet",
  targets: "target",
  rules: "egress rule",
} as const satisfies Record<ReferenceKind, string>;

/** Guessing what was meant compares with every name: in a large file with many mistakes it would take minutes. */
const GUESSED = 1000;

/** Every name that points to a part of the file must point to one that is there. */
export const unknownReferences: Rule = (file, index) => {
  const found: Diagnostic[] = [];
  const look = (kind: ReferenceKind, name: string, span: SourceSpan): void => {
    const names = index.declared[kind];
    if (names.has(name)) return;
    const near = found.length < GUESSED && names.size < GUESSED ? nearest(name, names) : null;
    found.push(diagnostic("UnknownReference", { what: WHAT[kind], name, mend: mendOf(kind, near, names) }, span));
  };
  const lookAll = (kind: ReferenceKind, list: readonly string[] | "open" | undefined): void => {
    if (list === undefined || list === "open") return;
    for (const [at, name] of list.entries()) {
      if (kind !== "rules" || !isOpenWord(name)) look(kind, name, index.places.value(list, at));
    }
  };
  for (const { entry } of [...index.agents, ...index.services]) {
    lookAll("rules", entry.egress);
    for (const { value, valueSpan } of variablesOf(entry.environment, index.places)) {
      if (typeof value === "object" && value?.credential !== undefined)
        look("credentials", value.credential, valueSpan);
    }
  }
  for (const { entry } of index.agents) {
    lookAll("services", entry.services);
    lookAll("credentials", entry.credentials);
  }
  for (const { entry } of index.services) lookAll("services", entry.dependsOn);
  for (const rule of file.egress?.rules ?? []) {
    if (rule.credential !== undefined) look("credentials", rule.credential, index.places.value(rule, "credential"));
  }
  for (const fleet of Object.values(file.fleets ?? {})) look("agents", fleet.agent, index.places.value(fleet, "agent"));
  const targets = index.declared.targets.size === 0 && file.defaultTarget === "local";
  if (file.defaultTarget !== undefined && !targets)
    look("targets", file.defaultTarget, index.places.value(file, "defaultTarget"));
  return found;
};

/** Words that mean "everything" in a list of rules have a message of their own. */
export function isOpenWord(name: string): boolean {
  return ["open", "*", "**", "all", "any"].includes(name);
}

function mendOf(kind: ReferenceKind, near: string | null, names: ReadonlySet<string>): string {
  if (near !== null) return `Write \`${near}\`.`;
  if (names.size === 0) return `Declare it under \`${keyOf(kind)}\`, or remove it here.`;
  const some = [...names].slice(0, 8);
  return `Declare it under \`${keyOf(kind)}\`, or write one of ${quotedList(some)}${names.size > some.length ? ", …" : ""}.`;
}

function keyOf(kind: ReferenceKind): string {
  return kind === "rules" ? "egress.rules" : kind;
}
