import type { LoadedProject } from "../config/load.ts";
import { attemptLoad } from "../config/load.ts";
import { diagnosticsReport } from "../render/diagnostics-json.ts";
import { renderCounts, renderDiagnostics } from "../render/diagnostics.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EXIT } from "./shell.ts";
import type { ExitCode, Shell } from "./shell.ts";

/** Reads the file; a faulty one is told on stderr and gives the exit code instead. Warnings are told either way. */
export function openFile(
  file: string | null,
  shell: Shell,
): { readonly project: LoadedProject } | { readonly exit: ExitCode } {
  const { result, text } = attemptLoad(file, shell.cwd);
  if (result.ok) {
    shell.err(
      renderDiagnostics(result.diagnostics, { textOf: () => text, colours: shell.colours, columns: shell.columns }),
    );
    return { project: result.value };
  }
  return { exit: tellDiagnostics(result.diagnostics, text, shell) };
}

/** Tells mistakes of the file; with `--json` in front of it, programs read the same from standard output. */
export function tellDiagnostics(
  diagnostics: readonly Diagnostic[],
  text: string | null,
  shell: Shell,
  json = false,
): ExitCode {
  if (json) shell.out(`${JSON.stringify(diagnosticsReport(diagnostics), null, 2)}\n`);
  else
    shell.err(
      `${renderDiagnostics(diagnostics, { textOf: () => text, colours: shell.colours, columns: shell.columns })}\n${renderCounts(diagnostics)}.\n`,
    );
  return EXIT.invalidFile;
}
