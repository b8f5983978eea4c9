import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** The answer of `--json`: schema/diagnostics.v1.schema.json. */
export interface DiagnosticsReport {
  readonly ok: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly diagnostics: readonly Diagnostic[];
}

export function diagnosticsReport(diagnostics: readonly Diagnostic[]): DiagnosticsReport {
  const errors = diagnostics.filter((each) => each.severity === "error").length;
  return { ok: errors === 0, errors, warnings: diagnostics.length - errors, diagnostics };
}
