import type { SourceSpan } from "./source-span.ts";

/** A second place that explains the first: "first defined here". */
export interface RelatedSpan {
  readonly message: string;
  readonly span: SourceSpan;
}

/** One mistake of the user, or one thing worth their attention. Collected and reported together, never thrown. */
export interface Diagnostic {
  /** `COOPnnnn`, permanent. 1xxx text and schema, 2xxx meaning, 3xxx the target cannot, 4xxx the world, 5xxx workspace. */
  readonly code: string;
  /** The permanent name of the catalogue entry. */
  readonly name: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** What to do about it: an edit or a command. */
  readonly hint: string;
  readonly span: SourceSpan | null;
  readonly related: readonly RelatedSpan[];
}

/** A value with what is worth saying about it, or the reasons why there is none. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Wraps a value, or refuses it when any of the diagnostics is an error. */
export function checked<T>(value: T, diagnostics: readonly Diagnostic[]): Checked<T> {
  return diagnostics.some((each) => each.severity === "error")
    ? { ok: false, diagnostics }
    : { ok: true, value, diagnostics };
}
