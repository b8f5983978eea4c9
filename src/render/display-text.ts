/** One character of a text as a terminal shows it. */
export interface DisplayCell {
  readonly shown: string;
  /** Columns that it takes. */
  readonly width: number;
}

const TAB_WIDTH = 4;
/** East Asian wide and fullwidth blocks, and what terminals draw as pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ZERO = /^(?:\p{M}|[\u200b\u2060]|\u200c|\u200d|[\ufe00-\ufe0f])$/u;

/** A code point made fit for a terminal: nothing of a user's text moves the cursor or changes the screen. */
export function displayCell(character: string): DisplayCell {
  if (character === "\t") return { shown: " ".repeat(TAB_WIDTH), width: TAB_WIDTH };
  if (ZERO.test(character)) return { shown: character, width: 0 };
  if (/^(?:\p{C}|[\u2028\u2029])$/u.test(character)) {
    const shown = `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
    return { shown, width: shown.length };
  }
  return { shown: character, width: WIDE.test(character) ? 2 : 1 };
}

/** A text without anything that a terminal would obey; line feeds too. */
export function harmless(text: string): string {
  if (!/[\p{C}\u2028\u2029]/u.test(text)) return text;
  return Array.from(text, (character) => (character === "\t" ? " " : displayCell(character).shown)).join("");
}

/** As `harmless`, line by line: line feeds stay. */
export function harmlessLines(text: string): string {
  return text.split("\n").map(harmless).join("\n");
}

// Colours and weights alone: they say nothing, and what they hide is shown when they are gone.
const COLOURS = /\u001b\[[\d;:]*m/g;

/**
 * A line of a program's output for a terminal: nothing in it moves the cursor, sets a title, answers for the user or
 * turns the direction of writing. Colours go, tabs stay, everything else is shown by its number.
 */
export function harmlessOutput(line: string): string {
  return line.replace(/\r+$/, "").replaceAll(COLOURS, "").split("\t").map(harmless).join("\t");
}
