import { attemptLoad } from "../../config/load.ts";
import { counted } from "../../diagnostics/wording.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Model } from "../../model/model.ts";
import { readProviders } from "../../providers/own-providers.ts";
import { diagnosticsReport } from "../../render/diagnostics-json.ts";
import { renderCounts, renderDiagnostics } from "../../render/diagnostics.ts";
import { harmless } from "../../render/display-text.ts";
import { settingsFolder } from "../user-folders.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";

/** `coop validate`: everything that is wrong with the file, at once, or what it declares. */
export async function validate(
  args: { readonly file: string | null; readonly json: boolean; readonly strict: boolean },
  shell: Shell,
): Promise<ExitCode> {
  const { result, text } = attemptLoad(args.file, shell.cwd, readProviders(settingsFolder(shell.environment)));
  const diagnostics = args.strict
    ? result.diagnostics.map((each): Diagnostic => ({ ...each, severity: "error" }))
    : result.diagnostics;
  const valid = result.ok && !diagnostics.some((each) => each.severity === "error");
  const code = valid ? EXIT.done : EXIT.invalidFile;
  if (args.json) {
    shell.out(`${JSON.stringify(diagnosticsReport(diagnostics), null, 2)}\n`);
    return code;
  }
  shell.err(renderDiagnostics(diagnostics, { textOf: () => text, colours: shell.colours, columns: shell.columns }));
  if (valid) shell.out(`${harmless(result.value.file)} is valid: ${contentsOf(result.value.model)}.\n`);
  else shell.err(`\n${renderCounts(diagnostics)}.\n`);
  return code;
}

function contentsOf(model: Model): string {
  const parts = [
    counted(model.agents.length, "agent"),
    counted(model.services.length, "service"),
    counted(model.egress.rules.length, "egress rule"),
  ];
  return parts.join(", ");
}
