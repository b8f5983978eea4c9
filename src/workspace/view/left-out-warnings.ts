import { WORKSPACE_CATALOG } from "../../diagnostics/catalog-workspace.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { pathText } from "../git/raw-path.ts";
import { workspaceDiagnostic } from "../workspace-diagnostic.ts";
import type { LeftOut } from "./select-files.ts";

const WHY = {
  "link-outside": "it is a symlink that leads out of the repository",
  "link-to-hidden": "it is a symlink to something hidden",
  submodule: "it is a submodule, and stays an empty folder",
  "nested-repository": "it is a repository of its own that this one does not know",
  "unsafe-name": "its name would reach into the sandbox's .git",
  "not-a-file": "it is neither a file nor a symlink",
} as const satisfies Record<LeftOut["reason"], string>;

export function leftOutWarnings(leftOut: readonly LeftOut[]): readonly Diagnostic[] {
  return leftOut.map(({ path, reason }) =>
    workspaceDiagnostic(
      "LeftOutOfView",
      WORKSPACE_CATALOG.LeftOutOfView,
      { path: pathText(path), why: WHY[reason] },
      null,
    ),
  );
}
