import { coloursFor } from "../render/colours.ts";
import { diagnosticsText } from "../render/diagnostics.ts";
import type { LoadedProject } from "../config/load.ts";
import { loadProject } from "../config/load.ts";
import { EXIT } from "./shell.ts";
import type { ExitCode, Shell } from "./shell.ts";

/** Reads the file; a faulty one is told on stderr and gives the exit code instead. */
export async function openFile(file: string | null, shell: Shell): Promise<{ readonly project: LoadedProject } | { readonly exit: ExitCode }> {
  const loaded = await loadProject(file, shell.cwd);
  if (!loaded.ok) {
    shell.err(diagnosticsText(loaded.diagnostics, loaded.texts, coloursFor(shell.colours)));
    return { exit: EXIT.invalidFile };
  }
  return { project: loaded.value };
}
