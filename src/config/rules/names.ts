import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import { proposedName } from "../proposed-name.ts";
import type { Rule } from "./rule.ts";

/** Names of coop's own parts, and names that mean another thing in every network. */
const RESERVED = new Set([
  "coop",
  "defaults",
  "forwarder",
  "gateway",
  "host",
  "localhost",
  "publisher",
  "relay",
  "session",
]);

/** Agents, services and fleets share one set of names. */
export const names: Rule = (file, index) => {
  const found: Diagnostic[] = [];
  const taken = new Map<string, { readonly what: string; readonly span: SourceSpan }>();
  for (const [what, group] of [
    ["an agent", file.agents],
    ["a service", file.services],
    ["a fleet", file.fleets],
  ] as const) {
    for (const name of Object.keys(group ?? {})) {
      const span = group === undefined ? index.places.start() : index.places.key(group, name);
      const other = taken.get(name);
      if (RESERVED.has(name)) found.push(diagnostic("ReservedName", { name, what }, span));
      if (other === undefined) taken.set(name, { what, span });
      else
        found.push(
          diagnostic("NameClash", { name, what: other.what, other: what }, span, [
            { message: `${other.what} here`, span: other.span },
          ]),
        );
    }
  }
  return found;
};

/** The project's name is written, or can be made from the folder's. */
export const projectName: Rule = (file, { folderName, places, declared }) => {
  if (file.project !== undefined || declared.project || proposedName(folderName) !== null) return [];
  return [diagnostic("ProjectNameNeeded", { folder: folderName }, places.start())];
};
