import type { Position, SourceSpan } from "../diagnostics/source-span.ts";

/** A file's text with the places of its lines, found once. */
export interface SourceText {
  /** The file as the user named it. */
  readonly file: string;
  /** Without a byte-order mark. */
  readonly text: string;
  /** The offset of each line's first character. */
  readonly lineStarts: readonly number[];
}

/** Takes a text in: a byte-order mark at its start says nothing and is dropped. */
export function sourceText(file: string, written: string): SourceText {
  const text = written.startsWith("\uFEFF") ? written.slice(1) : written;
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The span between two offsets. */
export function spanBetween(source: SourceText, start: number, end: number): SourceSpan {
  const from = positionAt(source, start);
  return { file: source.file, start: from, end: end === start ? from : positionAt(source, end) };
}

function positionAt(source: SourceText, wanted: number): Position {
  const offset = Math.max(0, Math.min(wanted, source.text.length));
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { offset, line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}
