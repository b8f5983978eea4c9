import type { CatalogEntry } from "../diagnostics/catalog-entry.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../diagnostics/source-span.ts";

/** A diagnostic from an entry of the workspace catalogue. */
export function workspaceDiagnostic<Facts extends object>(
  name: string,
  entry: CatalogEntry<Facts>,
  facts: Facts,
  span: SourceSpan | null,
): Diagnostic {
  return {
    code: entry.code,
    name,
    severity: entry.severity,
    message: entry.message(facts),
    hint: entry.hint(facts),
    span,
    related: [],
  };
}
