import type { PatternSet, PlacedPattern } from "./pattern-set.ts";
import { nameOf } from "./pattern-set.ts";

/** What says that a path is hidden. */
export interface HiddenBy {
  readonly pattern: string;
  /** `built-in`, or the file that holds the pattern. */
  readonly source: string;
  readonly line: number | null;
}

export type Verdict = { readonly kind: "visible" } | { readonly kind: "hidden"; readonly by: HiddenBy };

/**
 * The compiled rules. Each kind of source is judged by itself, so that a `!` undoes only patterns of its own kind: one
 * that hides is enough.
 */
export interface IgnoreSources {
  readonly builtin: PatternSet;
  /** `ignore.allow`: the only thing that undoes the built-in list. */
  readonly allow: PatternSet;
  /** `ignore.patterns` and the agent's own, in this order: one file, one kind. */
  readonly file: PatternSet;
  /** The folder of coop.yaml, relative to the root: `""` or `services/shop`. */
  readonly fileFolder: string;
  /** The patterns of each `.coopignore`, by its folder relative to the root. */
  readonly perFolder: ReadonlyMap<string, PatternSet>;
}

/** Judges paths relative to the workspace's root, written with `/`. A child of a hidden folder is hidden. */
export interface IgnoreMatcher {
  hides(path: string, directory: boolean): Verdict;
  /** Whether nothing below a hidden folder can be visible again, so that it need not be walked. */
  readonly prunes: boolean;
}

/** What a folder hands down to all below it. */
interface Inherited {
  readonly hidden: PlacedPattern | null;
  readonly builtin: PlacedPattern | null;
  readonly allow: Allow;
}

/** The last word of `ignore.allow` so far: later lines win over earlier ones, also over those that matched a folder. */
interface Allow {
  readonly priority: number;
  readonly allowed: boolean;
}

const VISIBLE: Verdict = { kind: "visible" };
const NO_ALLOW: Allow = { priority: -1, allowed: false };
const TOP: Inherited = { hidden: null, builtin: null, allow: NO_ALLOW };

/** Makes the matcher; what it learns about folders it remembers. */
export function ignoreMatcher(sources: IgnoreSources): IgnoreMatcher {
  const folders = new Map<string, Inherited>([["", TOP]]);

  const inherited = (folder: string): Inherited => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const state = judge(sources, folder, true, inherited(parentOf(folder)));
    folders.set(folder, state);
    return state;
  };

  const hides = (path: string, directory: boolean): Verdict => {
    const state = directory ? inherited(path) : judge(sources, path, false, inherited(parentOf(path)));
    const by = state.hidden ?? (state.allow.allowed ? null : state.builtin);
    return by === null ? VISIBLE : { kind: "hidden", by: { pattern: by.text, source: by.source, line: by.line } };
  };
  return { hides, prunes: sources.allow.size === 0 };
}

function judge(sources: IgnoreSources, path: string, directory: boolean, above: Inherited): Inherited {
  if (above.hidden !== null) return above;
  const name = nameOf(path, directory);
  return {
    hidden: hiddenByFile(sources, path, directory) ?? hiddenPerFolder(sources, path, directory),
    builtin: above.builtin ?? hit(sources.builtin.lastMatch(name)?.placed),
    allow: allowOf(sources, path, directory, above.allow),
  };
}

function hiddenByFile({ file, fileFolder }: IgnoreSources, path: string, directory: boolean): PlacedPattern | null {
  const below = file.size === 0 ? null : relativeTo(fileFolder, path);
  return below === null ? null : hit(file.lastMatch(nameOf(below, directory))?.placed);
}

/** The deepest `.coopignore` that says something about the path decides. */
function hiddenPerFolder({ perFolder }: IgnoreSources, path: string, directory: boolean): PlacedPattern | null {
  if (perFolder.size === 0) return null;
  let folder = path;
  while (folder !== "") {
    folder = parentOf(folder);
    const match = perFolder.get(folder)?.lastMatch(nameOf(relativeTo(folder, path) ?? path, directory));
    if (match !== undefined && match !== null) return hit(match.placed);
  }
  return null;
}

function allowOf({ allow, fileFolder }: IgnoreSources, path: string, directory: boolean, above: Allow): Allow {
  const below = allow.size === 0 ? null : relativeTo(fileFolder, path);
  const match = below === null ? null : allow.lastMatch(nameOf(below, directory));
  if (match === null || match.priority < above.priority) return above;
  return { priority: match.priority, allowed: !match.placed.pattern.negated };
}

function hit(placed: PlacedPattern | undefined): PlacedPattern | null {
  return placed === undefined || placed.pattern.negated ? null : placed;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The path as seen from a folder above it; null when the folder is not above it. */
function relativeTo(folder: string, path: string): string | null {
  if (folder === "") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}
