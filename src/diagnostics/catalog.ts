import type { CatalogEntry } from "./catalog-entry.ts";
import { WORKSPACE_CATALOG } from "./catalog-workspace.ts";
import { AGENTS } from "./catalog/agents.ts";
import { EGRESS } from "./catalog/egress.ts";
import { MEANING } from "./catalog/meaning.ts";
import { SECRETS } from "./catalog/secrets.ts";
import { SERVICES } from "./catalog/services.ts";
import { TARGET } from "./catalog/target.ts";
import { TEXT } from "./catalog/text.ts";
import type { Diagnostic, RelatedSpan } from "./diagnostic.ts";
import type { SourceSpan } from "./source-span.ts";

/** Every diagnostic by its permanent name. */
export const CATALOG = {
  ...TEXT,
  ...MEANING,
  ...EGRESS,
  ...AGENTS,
  ...SERVICES,
  ...SECRETS,
  ...TARGET,
  ...WORKSPACE_CATALOG,
} as const;

export type DiagnosticName = keyof typeof CATALOG;

/** What an entry's wording needs to know. */
export type FactsOf<Name extends DiagnosticName> =
  (typeof CATALOG)[Name] extends CatalogEntry<infer Facts> ? Facts : never;

/** Words one mistake: the catalogue's entry with its facts, and where it stands. */
export function diagnostic<Name extends DiagnosticName>(
  name: Name,
  facts: FactsOf<Name>,
  span: SourceSpan | null,
  related: readonly RelatedSpan[] = [],
): Diagnostic {
  // The entry under `name` takes exactly FactsOf<Name>; the compiler cannot follow an index into a union of functions.
  const entry = CATALOG[name] as unknown as CatalogEntry<FactsOf<Name>>;
  return {
    code: entry.code,
    name,
    severity: entry.severity,
    message: entry.message(facts),
    hint: entry.hint(facts),
    span,
    related,
  };
}
