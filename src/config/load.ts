import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { diagnostic } from "../diagnostics/catalog.ts";
import type { Checked } from "../diagnostics/diagnostic.ts";
import type { Model } from "../model/model.ts";
import { BUILT_IN_PROVIDERS, type ProviderBook } from "../providers/provider-book.ts";
import { checkPaths } from "./check-paths.ts";
import { examineText, inOrder } from "./check-text.ts";
import { findFile, repositoryRoot } from "./find-file.ts";
import { readFileText } from "./read-file.ts";

/** A project as it lies on the disk. */
export interface LoadedProject {
  readonly model: Model;
  /** As the user named it, or relative to the folder where the search began. */
  readonly file: string;
  /** The file's absolute path; its folder without symbolic links, as the root. */
  readonly path: string;
  /** The repository's folder, absolute, without symbolic links. */
  readonly root: string;
  readonly text: string;
}

/** What a failed load can still show: the text that its diagnostics speak of. */
export interface LoadAttempt {
  readonly result: Checked<LoadedProject>;
  /** The text of the file, for excerpts; null where it could not be read. */
  readonly text: string | null;
}

/** Reads the project of `-f FILE`, or with null the one whose coop.yaml is in `cwd` or above it. `providers`: what credentials may name. */
export function loadProject(
  file: string | null,
  cwd: string,
  providers: ProviderBook = BUILT_IN_PROVIDERS,
): Checked<LoadedProject> {
  return attemptLoad(file, cwd, providers).result;
}

/** As `loadProject`, with the text also where the file is wrong. */
export function attemptLoad(
  file: string | null,
  cwd: string,
  providers: ProviderBook = BUILT_IN_PROVIDERS,
): LoadAttempt {
  const found = file === null ? findFile(cwd) : { ok: true as const, value: file };
  if (!found.ok) return { result: found, text: null };
  const name = found.value;
  const path = resolve(cwd, name);
  const folder = realFolder(dirname(path));
  const root = repositoryRoot(folder);
  if (leadsOut(path, root)) {
    return {
      result: { ok: false, diagnostics: [diagnostic("FileOutsideRepository", { file: name }, null)] },
      text: null,
    };
  }
  const read = readFileText(path, name);
  if (!read.ok) return { result: { ok: false, diagnostics: [read.problem] }, text: null };
  const text = read.text.replace(/^\uFEFF/u, "");
  const { checked, named } = examineText(text, { file: name, folderName: basename(folder), providers });
  const paths = checkPaths(named, folder, root);
  const diagnostics = paths.length === 0 ? checked.diagnostics : inOrder([...checked.diagnostics, ...paths]);
  if (!checked.ok || diagnostics.some((each) => each.severity === "error"))
    return { result: { ok: false, diagnostics }, text };
  // By the real folder, as the root is: patterns and paths of the file are relative to it.
  const value = { model: checked.value, file: name, path: join(folder, basename(path)), root, text };
  return { result: { ok: true, value, diagnostics }, text };
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** Whether the file is a symbolic link to a place outside of the repository. */
function leadsOut(path: string, root: string): boolean {
  try {
    const real = realpathSync(path);
    return real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep);
  } catch {
    // A link that leads nowhere is reported by the reader.
    return false;
  }
}
