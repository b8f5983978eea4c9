import { realpathSync, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { lookupPaths } from "./named-files.ts";
import type { NamedFile } from "./named-files.ts";

/** The files that a coop.yaml names must be there, be files, and be in the repository after symbolic links. */
export function checkPaths(named: readonly NamedFile[], folder: string, root: string): readonly Diagnostic[] {
  return lookupPaths(named).flatMap((each) => pathProblem(each, folder, root) ?? []);
}

function pathProblem({ path, origin }: NamedFile, folder: string, root: string): Diagnostic | null {
  try {
    const real = realpathSync(resolve(folder, path));
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
      return diagnostic("PathLeadsOut", { path, why: "leads out of the repository by a symbolic link" }, origin);
    return statSync(real).isFile() ? null : diagnostic("PathNotAFile", { path }, origin);
  } catch {
    return diagnostic("PathNotFound", { path }, origin);
  }
}
