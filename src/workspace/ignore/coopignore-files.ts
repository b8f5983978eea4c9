import { isUtf8 } from "node:buffer";
import { lstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WORKSPACE_CATALOG } from "../../diagnostics/catalog-workspace.ts";
import type { Checked, Diagnostic } from "../../diagnostics/diagnostic.ts";
import { checked } from "../../diagnostics/diagnostic.ts";
import { startOf } from "../../diagnostics/source-span.ts";
import { workspaceDiagnostic } from "../workspace-diagnostic.ts";

/** One `.coopignore` as it stands on the host: its patterns hold for its folder and all below it. */
export interface CoopignoreFile {
  /** Relative to the workspace's root, with `/`; `""` is the root. */
  readonly folder: string;
  readonly text: string;
}

const MAX_BYTES = 1024 * 1024;

/** Reads the `.coopignore` of each of the folders that has one. One that cannot be read is an error, never "no patterns". */
export async function readCoopignoreFiles(
  root: string,
  folders: Iterable<string>,
): Promise<Checked<readonly CoopignoreFile[]>> {
  const files: CoopignoreFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const folder of [...folders].toSorted()) {
    const relative = folder === "" ? ".coopignore" : `${folder}/.coopignore`;
    const read = await readOne(join(root, relative));
    if (read.kind === "text") files.push({ folder, text: read.text });
    if (read.kind === "unreadable")
      diagnostics.push(
        workspaceDiagnostic(
          "CoopignoreUnreadable",
          WORKSPACE_CATALOG.CoopignoreUnreadable,
          { file: relative, why: read.why },
          startOf(relative),
        ),
      );
  }
  return checked(files, diagnostics);
}

type Read =
  | { readonly kind: "absent" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unreadable"; readonly why: string };

async function readOne(path: string): Promise<Read> {
  try {
    // Synchronous on purpose: most folders have none, and asking the file system is cheaper than a promise.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: "absent" };
    if (!stats.isFile()) return { kind: "unreadable", why: "it is not an ordinary file" };
    if (stats.size > MAX_BYTES) return { kind: "unreadable", why: "it is larger than 1 MiB" };
    const bytes = await readFile(path);
    return isUtf8(bytes)
      ? { kind: "text", text: bytes.toString("utf8") }
      : { kind: "unreadable", why: "it is not UTF-8" };
  } catch (cause) {
    return { kind: "unreadable", why: cause instanceof Error ? cause.message : String(cause) };
  }
}
