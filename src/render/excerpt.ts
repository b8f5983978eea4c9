import type { SourceSpan } from "../diagnostics/source-span.ts";
import { displayCell } from "./display-text.ts";

/** One line of a file with the part that a message speaks of. */
export interface Excerpt {
  readonly line: number;
  readonly text: string;
  /** Blanks and carets, to stand below `text`. */
  readonly carets: string;
}

const MORE = "…";

/** The first line of a span, at most `room` columns of it, with its carets. */
export function excerpt(text: string, span: SourceSpan, room: number): Excerpt {
  const lineStart = span.start.offset - (span.start.column - 1);
  const newline = text.indexOf("\n", lineStart);
  const line = text.slice(lineStart, newline === -1 ? text.length : newline).replace(/\r$/u, "");
  const from = Math.min(span.start.column - 1, line.length);
  const to = span.end.line === span.start.line ? Math.min(span.end.column - 1, line.length) : line.length;
  const window = windowAround(line, from, to, Math.max(room, 20));
  let [shown, blanks, carets] = [window.start > 0 ? MORE : "", window.start > 0 ? " " : "", ""];
  let at = window.start;
  for (const character of line.slice(window.start, window.end)) {
    const cell = displayCell(character);
    shown += cell.shown;
    if (at < from) blanks += " ".repeat(cell.width);
    else if (at < to) carets += "^".repeat(cell.width);
    at += character.length;
  }
  if (window.end < line.length) shown += MORE;
  return { line: span.start.line, text: shown.trimEnd(), carets: `${blanks}${carets === "" ? "^" : carets}` };
}

interface Window {
  readonly start: number;
  readonly end: number;
}

/** The part of a line that fits: the whole, else a stretch that begins a little before the span. */
function windowAround(line: string, from: number, to: number, room: number): Window {
  // No character takes more columns than an escape does, so a short line needs no measuring.
  if (line.length <= room && measured(line, 0, line.length) <= room) return { start: 0, end: line.length };
  const before = Math.min(from, Math.max(8, Math.floor((room - Math.min(to - from, room)) / 2)));
  const start = wholeCharacter(line, from - before);
  let [end, width] = [start, 2];
  while (end < line.length) {
    const character = String.fromCodePoint(line.codePointAt(end) ?? 0);
    width += displayCell(character).width;
    if (width > room) break;
    end += character.length;
  }
  return { start, end };
}

function measured(line: string, start: number, end: number): number {
  let width = 0;
  for (const character of line.slice(start, end)) width += displayCell(character).width;
  return width;
}

/** Steps back where an offset lies between the halves of a character. */
function wholeCharacter(line: string, offset: number): number {
  const code = line.charCodeAt(offset);
  return offset > 0 && code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}
