/** Whether a folded code point belongs to a `[…]`. */
export type CharacterClass = (code: number) => boolean;

const POSIX: Readonly<Record<string, RegExp>> = {
  alnum: /^[a-z0-9]$/i,
  alpha: /^[a-z]$/i,
  blank: /^[ \t]$/,
  cntrl: /^[\0-\x1f\x7f]$/,
  digit: /^[0-9]$/,
  graph: /^[!-~]$/,
  // Case is folded: an upper-case letter and a lower-case letter are the same letter.
  lower: /^[a-z]$/i,
  print: /^[ -~]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[\t-\r ]$/,
  upper: /^[a-z]$/i,
  xdigit: /^[0-9a-f]$/i,
};

/**
 * Parses the class that opens at `start`, or says null when it is not closed or names an unknown `[:class:]`. Letters
 * match in both cases; git forgets that for a single upper-case letter in a class, which would show what was to be hidden.
 */
export function parseCharacterClass(
  text: string,
  start: number,
): { readonly class: CharacterClass; readonly end: number } | null {
  let at = start + 1;
  const negated = text[at] === "!" || text[at] === "^";
  if (negated) at += 1;
  const members: CharacterClass[] = [];
  let previous: number | null = null;
  for (let first = true; first || text[at] !== "]"; first = false) {
    if (text[at] === "[" && text[at + 1] === ":") {
      const close = text.indexOf("]", at + 2);
      if (close < 0) return null;
      if (text[close - 1] === ":" && close - 1 >= at + 2) {
        const posix = POSIX[text.slice(at + 2, close - 1)];
        if (posix === undefined) return null;
        members.push((code) => posix.test(String.fromCodePoint(code)));
        at = close + 1;
        previous = null;
        continue;
      }
    }
    if (text[at] === "-" && previous !== null && at + 1 < text.length && text[at + 1] !== "]") {
      at += text[at + 1] === "\\" ? 2 : 1;
      const high = text.codePointAt(at);
      if (high === undefined) return null;
      members.push(range(previous, high));
      at += high > 0xffff ? 2 : 1;
      previous = null;
      continue;
    }
    if (text[at] === "\\") at += 1;
    const code = text.codePointAt(at);
    if (code === undefined) return null;
    members.push(range(code, code));
    previous = code;
    at += code > 0xffff ? 2 : 1;
  }
  return { class: (code) => members.some((member) => member(code)) !== negated, end: at + 1 };
}

function range(low: number, high: number): CharacterClass {
  return (code) => {
    if (code >= low && code <= high) return true;
    const upper = String.fromCodePoint(code).toUpperCase().codePointAt(0) ?? code;
    return upper >= low && upper <= high;
  };
}
