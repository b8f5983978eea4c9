import pico from "picocolors";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SourceSpan } from "../diagnostics/source-span.ts";
import { counted } from "../diagnostics/wording.ts";
import { harmless } from "./display-text.ts";
import { excerpt } from "./excerpt.ts";

/** How diagnostics are to be shown. */
export interface DiagnosticView {
  /** A file's text, for the excerpts; null where there is none. */
  readonly textOf: (file: string) => string | null;
  readonly colours: boolean;
  readonly columns: number;
}

/** Diagnostics as people read them, each with the line it speaks of; ends with a line feed, or is empty. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], view: DiagnosticView): string {
  return diagnostics.map((each) => `${renderOne(each, view)}\n`).join("\n");
}

/** `2 errors, 1 warning` */
export function renderCounts(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((each) => each.severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [errors > 0 ? counted(errors, "error") : "", warnings > 0 ? counted(warnings, "warning") : ""];
  return parts.filter((part) => part !== "").join(", ");
}

function renderOne(diagnostic: Diagnostic, view: DiagnosticView): string {
  const colours = pico.createColors(view.colours);
  const tone = diagnostic.severity === "error" ? colours.red : colours.yellow;
  const spans = [diagnostic.span, ...diagnostic.related.map((each) => each.span)].filter((span) => span !== null);
  const gutter = Math.max(1, ...spans.map((span) => String(span.start.line).length));
  const lines = [`${tone(colours.bold(`${diagnostic.severity} ${diagnostic.code}`))}: ${harmless(diagnostic.message)}`];
  if (diagnostic.span !== null) {
    lines.push(...block({ mark: "┌─", span: diagnostic.span, note: "", tone, gutter, view }));
  }
  for (const { message, span } of diagnostic.related) {
    lines.push(...block({ mark: "├─", span, note: ` ${harmless(message)}`, tone: colours.blue, gutter, view }));
  }
  if (diagnostic.hint !== "") lines.push(`${" ".repeat(gutter)} ${colours.cyan("=")} ${harmless(diagnostic.hint)}`);
  return lines.join("\n");
}

interface Block {
  readonly mark: string;
  readonly span: SourceSpan;
  readonly note: string;
  readonly tone: (text: string) => string;
  readonly gutter: number;
  readonly view: DiagnosticView;
}

function block({ mark, span, note, tone, gutter, view }: Block): readonly string[] {
  const colours = pico.createColors(view.colours);
  const margin = " ".repeat(gutter);
  const place = `${harmless(span.file)}:${span.start.line}:${span.start.column}`;
  const head = `${margin} ${colours.dim(mark)} ${place}${note}`;
  const text = view.textOf(span.file);
  if (text === null) return [head];
  const shown = excerpt(text, span, view.columns - gutter - 3);
  const number = colours.dim(String(shown.line).padStart(gutter));
  return [
    head,
    `${number} ${colours.dim("│")} ${shown.text}`.trimEnd(),
    `${margin} ${colours.dim("│")} ${tone(shown.carets)}`,
  ];
}
