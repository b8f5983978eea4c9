import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Rule } from "./rule.ts";

/** A command without `--target` means one target, and no target carries fields of another kind. */
export const targets: Rule = (file, { declared, places }) => {
  const found: Diagnostic[] = [];
  if (
    file.targets !== undefined &&
    file.defaultTarget === undefined &&
    declared.targets.size > 1 &&
    !declared.targets.has("local")
  ) {
    found.push(diagnostic("DefaultTargetNeeded", {}, places.key(file, "targets")));
  }
  for (const target of Object.values(file.targets ?? {})) {
    if (target.backend === "kubernetes") continue;
    for (const field of ["namespace", "storageClass"] as const) {
      if (target[field] === undefined) continue;
      found.push(diagnostic("TargetFieldElsewhere", { field, backend: target.backend }, places.key(target, field)));
    }
  }
  return found;
};
