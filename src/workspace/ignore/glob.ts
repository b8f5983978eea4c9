import { parseCharacterClass } from "./character-class.ts";
import type { CharacterClass } from "./character-class.ts";
import { fold } from "./fold.ts";

/** A wildcard pattern as the states of a machine that reads a name once: no pattern can make it slow. */
export type Glob = readonly Token[];

type Token =
  | { readonly kind: "character"; readonly code: number }
  /** `?` */
  | { readonly kind: "any" }
  | { readonly kind: "class"; readonly class: CharacterClass }
  /** `*`: any run without a slash. */
  | { readonly kind: "star" }
  /** A closing `**`: anything. */
  | { readonly kind: "rest" }
  /** `**` and a slash: no folder, or any folders; two states, the second reads the folders. */
  | { readonly kind: "folders" }
  | { readonly kind: "in-folders" };

const SLASH = 47;

/**
 * Parses wildcard text, or says null when it can never match (an unclosed class, a lone backslash at the end).
 * `afterPrefix` is git's rule that a `**` right behind the literal start of a pattern may cross slashes.
 */
export function parseGlob(
  text: string,
  options: { readonly crossesFolders: boolean; readonly afterPrefix: boolean },
): Glob | null {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === "*") {
      const start = at;
      while (text[at] === "*") at += 1;
      const opens =
        start === 0 || text[start - 1] === "/" || (options.afterPrefix && !/[*?[\\]/.test(text.slice(0, start)));
      const escapedSlash = text[at] === "\\" && text[at + 1] === "/";
      const free = options.crossesFolders && at - start > 1 && opens;
      if (free && text[at] === "/") {
        tokens.push({ kind: "folders" }, { kind: "in-folders" });
        at += 1;
      } else if (free && (at === text.length || escapedSlash)) tokens.push({ kind: "rest" });
      else tokens.push({ kind: "star" });
    } else if (character === "?") {
      tokens.push({ kind: "any" });
      at += 1;
    } else if (character === "[") {
      const parsed = parseCharacterClass(text, at);
      if (parsed === null) return null;
      tokens.push({ kind: "class", class: parsed.class });
      at = parsed.end;
    } else {
      if (character === "\\") at += 1;
      const code = text.codePointAt(at);
      if (code === undefined) return null;
      for (const folded of fold(String.fromCodePoint(code)))
        tokens.push({ kind: "character", code: folded.codePointAt(0) ?? 0 });
      at += code > 0xffff ? 2 : 1;
    }
  }
  return tokens;
}

/** Whether the whole of a folded name matches. */
export function matchesGlob(glob: Glob, name: string): boolean {
  let states = new Uint8Array(glob.length + 1);
  let next = new Uint8Array(glob.length + 1);
  enter(glob, states, 0);
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0;
    next.fill(0);
    let alive = false;
    for (let at = 0; at < glob.length; at += 1) {
      const token = states[at] === 1 ? glob[at] : undefined;
      if (token === undefined) continue;
      const target = step(token, code, at);
      if (target === null) continue;
      alive = true;
      enter(glob, next, target);
      if (token.kind === "in-folders" && code === SLASH) enter(glob, next, at + 1);
    }
    if (!alive) return false;
    [states, next] = [next, states];
  }
  return states[glob.length] === 1;
}

/** The state after reading one character in a state; null where the character does not fit. */
function step(token: Token, code: number, at: number): number | null {
  switch (token.kind) {
    case "character":
      return token.code === code ? at + 1 : null;
    case "any":
      return code === SLASH ? null : at + 1;
    case "class":
      return code !== SLASH && token.class(code) ? at + 1 : null;
    case "star":
      return code === SLASH ? null : at;
    case "rest":
    case "in-folders":
      return at;
    case "folders":
      return null;
  }
}

/** Marks a state and all that are reached from it without reading. */
function enter(glob: Glob, states: Uint8Array, at: number): void {
  if (states[at] === 1) return;
  states[at] = 1;
  const kind = glob[at]?.kind;
  if (kind === "star" || kind === "rest" || kind === "folders") enter(glob, states, at + 1);
  if (kind === "folders") enter(glob, states, at + 2);
}
