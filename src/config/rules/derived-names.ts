import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { proposedName } from "../proposed-name.ts";
import type { Rule } from "./rule.ts";

/** A DNS label's length, which host names, Kubernetes names and label values share. */
const LIMIT = 63;

/** `project-name-replica` must be a DNS label wherever a sandbox runs. */
export const derivedNames: Rule = (file, { folderName, places }) => {
  const project = file.project ?? proposedName(folderName) ?? "";
  const found: Diagnostic[] = [];
  const look = (owner: object, name: string, replica: string): void => {
    const derived = `${project}-${name}-${replica}`;
    if (derived.length <= LIMIT) return;
    found.push(diagnostic("DerivedNameTooLong", { derived, length: derived.length }, places.key(owner, name)));
  };
  for (const group of [file.agents ?? {}, file.services ?? {}])
    for (const name of Object.keys(group)) look(group, name, "0");
  for (const [name, fleet] of Object.entries(file.fleets ?? {})) {
    look(file.fleets ?? {}, name, String(Math.max((fleet.replicas ?? 1) - 1, 0)));
  }
  return found;
};
