/** A stretch of the file that is read as YAML by itself, or a key with the pieces of its large value. */
export type Piece =
  | { readonly kind: "text"; readonly start: number; readonly end: number }
  | {
      readonly kind: "under";
      readonly key: string;
      readonly keyStart: number;
      readonly keyEnd: number;
      readonly end: number;
      readonly pieces: readonly Piece[];
    };

export interface PieceSizes {
  /** Up to here a text stays whole. */
  readonly whole: number;
  /** Entries are gathered into pieces of about this size. */
  readonly piece: number;
}

const WHOLE_LIMIT = 256 * 1024;
const PIECE_SIZE = 32 * 1024;

/**
 * Cuts a large file between the entries of its block mappings and lists, so that the memory it takes is that of its
 * largest piece: a YAML tree is some two hundred times as large as its text. A block's entries begin at the same column
 * and all that belongs to one is indented deeper, so the cuts need no YAML reader; where the text has another shape,
 * it stays in one piece.
 */
export function piecesOf(
  text: string,
  sizes: PieceSizes = { whole: WHOLE_LIMIT, piece: PIECE_SIZE },
): readonly Piece[] {
  const whole: Piece = { kind: "text", start: 0, end: text.length };
  if (text.length <= sizes.whole) return [whole];
  // Text with markers of documents or in one flow collection is not cut.
  if (/^(?:%|---|\.\.\.)/mu.test(text) || /^[{[]/u.test(text.trimStart())) return [whole];
  return blockPieces(text, { start: 0, end: text.length }, 0, sizes.piece) ?? [whole];
}

interface Entry {
  readonly start: number;
  readonly end: number;
}

/** The pieces of the block whose entries begin at `column`; null where its lines do not have that shape. */
function blockPieces(text: string, { start, end }: Entry, column: number, size: number): readonly Piece[] | null {
  const entries = entriesOf(text, start, end, column);
  if (entries === null) return null;
  const pieces: Piece[] = [];
  let from = start;
  let to = start;
  const flush = (): void => {
    if (to > from) pieces.push({ kind: "text", start: from, end: to });
  };
  for (const entry of entries) {
    const opened = entry.end - entry.start > size ? openEntry(text, entry, column, size) : null;
    if (opened !== null || to - from > size) {
      flush();
      from = entry.start;
    }
    if (opened !== null) {
      pieces.push(opened);
      from = entry.end;
    }
    to = entry.end;
  }
  flush();
  return pieces;
}

/** Where each entry begins and ends; comments and blank lines before an entry belong to the one before it. */
function entriesOf(text: string, start: number, end: number, column: number): readonly Entry[] | null {
  const starts: number[] = [];
  let list: boolean | null = null;
  for (let line = start; line < end; line = nextLine(text, line)) {
    let at = line;
    while (text[at] === " ") at += 1;
    const character = text[at] ?? "";
    if (at >= end || character === "\n" || character === "\r" || character === "#" || character === "") continue;
    // What a tab so far left means depends on the line before.
    if (at - line < column || (character === "\t" && at - line === column)) return null;
    if (at - line > column || "}],".includes(character)) continue;
    const dash = character === "-" && /\s/u.test(text[at + 1] ?? " ");
    list ??= dash;
    // A list may stand at the column of its key: it belongs to the entry before it.
    if (dash && !list) continue;
    if (list && !dash) return null;
    // `? key` and `: value` are one entry on two lines.
    if ((character === "?" || character === ":") && /\s/u.test(text[at + 1] ?? " ")) return null;
    starts.push(starts.length === 0 ? start : line);
  }
  return starts.map((from, index) => ({ start: from, end: starts[index + 1] ?? end }));
}

/** A large entry that is a bare key with a block below it. */
function openEntry(text: string, entry: Entry, column: number, size: number): Piece | null {
  const head = firstContentLine(text, entry.start, entry.end);
  const match = /^( *)([A-Za-z0-9][\w.-]*):[ \t]*(?:#.*)?\r?$/u.exec(
    text.slice(head, nextLine(text, head)).replace(/\n$/u, ""),
  );
  const key = match?.[2];
  if (key === undefined || match?.[1]?.length !== column) return null;
  const body = nextLine(text, head);
  const first = firstContentLine(text, body, entry.end);
  let inner = 0;
  while (text[first + inner] === " ") inner += 1;
  if (first >= entry.end || inner < column || (inner === column && text[first + inner] !== "-")) return null;
  const pieces = blockPieces(text, { start: body, end: entry.end }, inner, size);
  const keyStart = head + column;
  return pieces === null
    ? null
    : { kind: "under", key, keyStart, keyEnd: keyStart + key.length, end: entry.end, pieces };
}

function firstContentLine(text: string, start: number, end: number): number {
  let line = start;
  while (line < end && /^[ \t]*(?:#.*)?\r?$/u.test(text.slice(line, nextLine(text, line)).replace(/\n$/u, ""))) {
    line = nextLine(text, line);
  }
  return line;
}

function nextLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline + 1;
}
