import type { Document, YAMLError } from "yaml";
import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { spanBetween } from "./source-text.ts";
import type { SourceText } from "./source-text.ts";
import { DEPTH_LIMIT } from "./to-plain.ts";

/** One wrong character brings many complaints of a YAML reader: the first few lines say it. */
const SHOWN = 8;

/** Why a text is not the one plain YAML document that it should be; at most one problem a line. */
export function syntaxProblems(source: SourceText, document: Document.Parsed, base: number): readonly Diagnostic[] {
  const found = new Map<number, Diagnostic>();
  if (document.directives.yaml.explicit === true || Object.keys(document.directives.tags).length > 1) {
    const start = base + Math.max(0, source.text.slice(base).search(/^%/mu));
    found.set(start, diagnostic("DirectiveRefused", {}, spanBetween(source, start, start + 1)));
  }
  for (const error of document.errors) {
    if (found.size >= SHOWN) break;
    const { line } = spanBetween(source, base + error.pos[0], base + error.pos[0]).start;
    if (!found.has(-line)) found.set(-line, problemOf(source, error, base));
  }
  return [...found.values()];
}

function problemOf(source: SourceText, error: YAMLError, base: number): Diagnostic {
  const [start, end] = [base + error.pos[0], base + error.pos[1]];
  const span = spanBetween(source, start, Math.max(start, end));
  if (error.code === "MULTIPLE_DOCS") return diagnostic("SecondDocument", {}, span);
  if (error.code === "RESOURCE_EXHAUSTION") return diagnostic("TooDeep", { limit: DEPTH_LIMIT }, span);
  if (error.code === "TAB_AS_INDENT" || tabIndents(source, start)) return diagnostic("TabIndentation", {}, span);
  if (error.code === "BAD_DIRECTIVE") return diagnostic("DirectiveRefused", {}, span);
  return diagnostic("YamlSyntax", { problem: sentence(error.message), mend: mendOf(error) }, span);
}

/** A reader complains of what a tab led to; the tab at the line's begin is the reason. */
function tabIndents(source: SourceText, offset: number): boolean {
  const line = source.text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  return /^ *\t/u.test(source.text.slice(line, Math.max(line, offset) + 1));
}

function sentence(message: string): string {
  return message.replace(/[.!]$/u, "").replace(/^[A-Z](?=[a-z ])/u, (first) => first.toLowerCase());
}

function mendOf(error: YAMLError): string {
  switch (error.code) {
    case "BAD_INDENT":
      return "Indent this line as its neighbours are.";
    case "MISSING_CHAR":
      return "Add what is missing; check the quotes and brackets before this place.";
    case "MULTILINE_IMPLICIT_KEY":
    case "BLOCK_AS_IMPLICIT_KEY":
      return "Write `key: value` on a line of its own; quote a value that holds `: `.";
    case "BAD_SCALAR_START":
      return "Quote the value.";
    case "BAD_DQ_ESCAPE":
      return "Write `\\\\` for a backslash, or use single quotes.";
    case "ALIAS_PROPS":
    case "BAD_ALIAS":
    case "BAD_COLLECTION_TYPE":
    case "BAD_DIRECTIVE":
    case "BAD_PROP_ORDER":
    case "BLOCK_IN_FLOW":
    case "DUPLICATE_KEY":
    case "IMPOSSIBLE":
    case "KEY_OVER_1024_CHARS":
    case "MULTIPLE_ANCHORS":
    case "MULTIPLE_DOCS":
    case "MULTIPLE_TAGS":
    case "NON_STRING_KEY":
    case "RESOURCE_EXHAUSTION":
    case "TAB_AS_INDENT":
    case "TAG_RESOLVE_FAILED":
    case "UNEXPECTED_TOKEN":
      return "Check the quotes, brackets and indentation before this place.";
  }
}
