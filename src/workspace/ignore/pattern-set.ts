import { fold } from "./fold.ts";
import { matchesGlob } from "./glob.ts";
import type { Glob } from "./glob.ts";
import type { Pattern } from "./parse-pattern.ts";

/** A pattern with the place it was written at. */
export interface PlacedPattern {
  readonly pattern: Pattern;
  /** The line as written. */
  readonly text: string;
  /** `built-in`, or the file as the user named it. */
  readonly source: string;
  /** Counts from 1; null for the built-in list. */
  readonly line: number | null;
}

/** A path to be judged, relative to the folder of the patterns, folded, with its last part at hand. */
export interface Name {
  readonly path: string;
  readonly name: string;
  readonly directory: boolean;
}

/** Patterns in order, compiled: literal names and endings into tables, the rest tried one by one. */
export interface PatternSet {
  readonly size: number;
  /** The last pattern that matches this very path, parents not considered; its place in the order is the priority. */
  lastMatch(name: Name): { readonly priority: number; readonly placed: PlacedPattern } | null;
}

/** Compiles patterns; later ones win. */
export function patternSet(placed: readonly PlacedPattern[]): PatternSet {
  const literalNames = new Map<string, number[]>();
  const literalPaths = new Map<string, number[]>();
  const suffixes = new Map<string, number[]>();
  const globs: {
    readonly priority: number;
    readonly ofName: boolean;
    readonly prefix: string;
    readonly needle: string;
    readonly glob: Glob;
  }[] = [];
  for (const [priority, { pattern }] of placed.entries()) {
    const { shape, scope } = pattern;
    if (shape.kind === "glob")
      globs.unshift({
        priority,
        ofName: scope === "name",
        prefix: shape.prefix,
        needle: shape.needle,
        glob: shape.glob,
      });
    else {
      const table = shape.kind === "suffix" ? suffixes : scope === "name" ? literalNames : literalPaths;
      table.set(shape.text, [priority, ...(table.get(shape.text) ?? [])]);
    }
  }
  const suffixLengths = [...new Set([...suffixes.keys()].map((suffix) => suffix.length))];

  /** The highest priority in a table's row whose pattern takes this kind of thing. */
  const best = (row: readonly number[] | undefined, directory: boolean): number =>
    row?.find((priority) => directory || placed[priority]?.pattern.directoryOnly === false) ?? -1;

  const lastMatch: PatternSet["lastMatch"] = ({ path, name, directory }) => {
    let found = best(literalNames.get(name), directory);
    if (literalPaths.size > 0) found = Math.max(found, best(literalPaths.get(path), directory));
    for (const length of suffixLengths) {
      if (name.length >= length)
        found = Math.max(found, best(suffixes.get(name.slice(name.length - length)), directory));
    }
    for (const { priority, ofName, prefix, needle, glob } of globs) {
      if (priority < found) break;
      const text = ofName ? name : path;
      if (!text.startsWith(prefix) || !text.includes(needle) || best([priority], directory) < 0) continue;
      if (matchesGlob(glob, text)) found = priority;
    }
    const match = placed[found];
    return match === undefined ? null : { priority: found, placed: match };
  };
  return { size: placed.length, lastMatch };
}

/** Folds a path, relative to the patterns' folder, into what a set compares. */
export function nameOf(path: string, directory: boolean): Name {
  const folded = fold(path);
  return { path: folded, name: folded.slice(folded.lastIndexOf("/") + 1), directory };
}
