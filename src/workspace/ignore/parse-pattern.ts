import { fold } from "./fold.ts";
import { parseGlob } from "./glob.ts";
import type { Glob } from "./glob.ts";

/** One line of gitignore syntax, understood. */
export type ParsedLine =
  /** Empty, or a comment. */
  | { readonly kind: "nothing" }
  /** Broken so that it matches no name at all: hiding would silently not happen. */
  | { readonly kind: "never-matches"; readonly why: string }
  | Pattern;

/** A line that matches names. */
export interface Pattern {
  readonly kind: "pattern";
  /** The line began with `!`. */
  readonly negated: boolean;
  /** The line ended with `/`. */
  readonly directoryOnly: boolean;
  /** What it is compared with: the last part of a path at any depth, or the whole path from the file's folder. */
  readonly scope: "name" | "path";
  readonly shape: Shape;
}

/**
 * What makes the fast tables: most patterns hold at most one star. Texts are folded; whatever a glob matches begins with
 * its prefix and holds its needle.
 */
export type Shape =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "suffix"; readonly text: string }
  | { readonly kind: "glob"; readonly prefix: string; readonly needle: string; readonly glob: Glob };

/** Parses one line, without its line end. */
export function parsePattern(line: string): ParsedLine {
  let text = trimTrailingSpaces(line);
  if (text === "" || text.startsWith("#")) return { kind: "nothing" };
  const negated = text.startsWith("!");
  if (negated) text = text.slice(1);
  const directoryOnly = text.endsWith("/") && text.length > 1;
  if (directoryOnly) text = text.slice(0, -1);
  if (text === "" || text === "/") return { kind: "never-matches", why: "it names nothing" };
  const scope = text.includes("/") ? "path" : "name";
  const shape = shapeOf((text.startsWith("/") ? text.slice(1) : text).normalize("NFC"), scope);
  if (shape === null) return { kind: "never-matches", why: "a [ is not closed, or a \\ ends it" };
  return { kind: "pattern", negated, directoryOnly, scope, shape };
}

function shapeOf(text: string, scope: Pattern["scope"]): Shape | null {
  const prefix = /^[^*?[\\]*/.exec(text)?.[0] ?? "";
  if (prefix.length === text.length) return { kind: "literal", text: fold(text) };
  if (scope === "name" && /^\*[^*?[\\]+$/.test(text)) return { kind: "suffix", text: fold(text.slice(1)) };
  const glob = parseGlob(text, { crossesFolders: scope === "path", afterPrefix: scope === "path" });
  return glob === null ? null : { kind: "glob", prefix: fold(prefix), needle: needleOf(text), glob };
}

/** The longest text between wildcards; none where a class or an escape makes it hard to tell. */
function needleOf(text: string): string {
  if (/[[\\]/.test(text)) return "";
  // A `**` beside a slash may stand for nothing, slash included.
  const pieces = text.split(/\/?\*\*+\/?|[*?]/).map(fold);
  return pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), "");
}

/** Spaces at the end do not count unless a backslash stands before them. */
function trimTrailingSpaces(line: string): string {
  let end = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === "\\" && at + 1 < line.length) {
      at += 1;
      end = at + 1;
    } else if (line[at] !== " ") end = at + 1;
  }
  return line.slice(0, end);
}
