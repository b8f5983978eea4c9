/** One kind of mistake: permanent code, wording as data. Call sites pass facts, never sentences. */
export interface CatalogEntry<Facts extends object> {
  readonly code: `COOP${number}`;
  readonly severity: "error" | "warning";
  readonly message: (facts: Facts) => string;
  readonly hint: (facts: Facts) => string;
  /** A smallest coop.yaml that brings it out, for docs/diagnostics.md; a sentence where no file text can. */
  readonly example: string;
}

/** Fixes the facts' type of an entry while the literal's own type is kept. */
export function entry<Facts extends object>(value: CatalogEntry<Facts>): CatalogEntry<Facts> {
  return value;
}
