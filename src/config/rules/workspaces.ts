import type { WorkspaceEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Places } from "../places.ts";
import { sandboxPathProblem } from "../sandbox-path.ts";
import type { Rule } from "./rule.ts";

/** Where a workspace begins and lies can be used, and means something in its mode. */
export const workspaces: Rule = (_file, { agents, places }) =>
  agents.flatMap(({ entry }) => (typeof entry.workspace === "object" ? problemsOf(entry.workspace, places) : []));

function problemsOf(written: WorkspaceEntry, places: Places): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { ref, path, mode } = written;
  // A ref is an argument of git: it must not be an option, nor a range, nor hold what no ref can hold.
  if (ref !== undefined && (/^-|[\s\u0000-\u001f\u007f:?*[\\]|\.\./u.test(ref) || ref.length > 255)) {
    found.push(diagnostic("InvalidRef", { ref }, places.value(written, "ref")));
  }
  const why = path === undefined || path === "same" ? null : sandboxPathProblem(path);
  if (path !== undefined && why !== null)
    found.push(diagnostic("InvalidSandboxPath", { path, why }, places.value(written, "path")));
  const idle = { clone: [], live: ["ref"], none: ["ref", "path", "readOnly"] } as const;
  for (const field of idle[mode ?? "clone"]) {
    if (written[field] === undefined) continue;
    const because = mode === "live" ? "a live workspace is the tree as it is" : "there is no workspace";
    found.push(diagnostic("HasNoEffect", { field, why: because }, places.key(written, field)));
  }
  return found;
}
