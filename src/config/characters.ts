import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { spanBetween } from "./source-text.ts";
import type { SourceText } from "./source-text.ts";

/** What YAML forbids, and lone halves of a character pair. Tab, line feed and carriage return are text. */
const CONTROLS = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\p{Cs}/gu;
/** Characters that reorder what is shown, so that a reviewer reads another file than coop does. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/gu;
const SHOWN = 10;

/** Characters that cannot stand in the file. */
export function characterProblems(source: SourceText): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const [pattern, name] of [
    [CONTROLS, "ControlCharacter"],
    [DIRECTIONS, "DirectionCharacter"],
  ] as const) {
    for (const match of source.text.matchAll(pattern)) {
      found.push(
        diagnostic(
          name,
          { name: codePoint(match[0]) },
          spanBetween(source, match.index, match.index + match[0].length),
        ),
      );
      if (found.length >= SHOWN) return found;
    }
  }
  return found;
}

function codePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return code === 0 ? `NUL (${name})` : name;
}
