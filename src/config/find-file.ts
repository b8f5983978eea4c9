import { lstatSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { diagnostic } from "../diagnostics/catalog.ts";
import type { Checked } from "../diagnostics/diagnostic.ts";

const NAME = "coop.yaml";

/**
 * Looks for coop.yaml in a folder and in those above it, up to and with the repository's own: a file above the
 * repository is somebody else's. The answer is as the user would name it: relative to the folder.
 */
export function findFile(folder: string): Checked<string> {
  let misnamed: string | null = null;
  for (let at = folder; ; at = dirname(at)) {
    if (exists(join(at, NAME))) return { ok: true, value: nameFrom(folder, join(at, NAME)), diagnostics: [] };
    if (misnamed === null && exists(join(at, "coop.yml"))) misnamed = nameFrom(folder, join(at, "coop.yml"));
    if (at === dirname(at) || exists(join(at, ".git"))) break;
  }
  const problem =
    misnamed === null
      ? diagnostic("FileNotFound", { file: NAME, searched: folder }, null)
      : diagnostic("WrongFileName", { found: misnamed, file: NAME }, null);
  return { ok: false, diagnostics: [problem] };
}

/** The repository that holds a folder; without one, the folder itself. */
export function repositoryRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (exists(join(at, ".git"))) return at;
    if (at === dirname(at)) return folder;
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function nameFrom(folder: string, path: string): string {
  return relative(folder, path);
}
