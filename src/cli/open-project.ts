import type { LoadedProject } from "../config/load.ts";
import { attemptLoad } from "../config/load.ts";
import { readProviders } from "../providers/own-providers.ts";
import { diagnosticsReport } from "../render/diagnostics-json.ts";
import { renderCounts, renderDiagnostics } from "../render/diagnostics.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { engineAhead } from "./engine-ahead.ts";
import { settingsFolder } from "./user-folders.ts";
import { EXIT } from "./shell.ts";
import type { ExitCode, Shell } from "./shell.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

/** Reads the file; a faulty one is told on stderr and gives the exit code instead. Warnings are told either way. */
export function openFile(
  file: string | null,
  shell: Shell,
): { readonly project: LoadedProject } | { readonly exit: ExitCode } {
  const { result, text } = attemptLoad(file, shell.cwd, readProviders(settingsFolder(shell.environment)));
  if (result.ok) {
    shell.err(
      renderDiagnostics(result.diagnostics, { textOf: () => text, colours: shell.colours, columns: shell.columns }),
    );
    return { project: result.value };
  }
  return { exit: tellDiagnostics(result.diagnostics, text, shell) };
}

/** Reads the file and opens its target, both at the same time. */
export async function openFileAndWorld(
  args: { readonly file: string | null; readonly target: string | null },
  shell: Shell,
): Promise<{ readonly world: World } | { readonly exit: ExitCode }> {
  const ahead = await engineAhead(shell);
  const opened = openFile(args.file, shell);
  if ("project" in opened) return { world: await openWorld(opened.project, args.target, shell, ahead) };
  ahead.forget();
  return opened;
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
