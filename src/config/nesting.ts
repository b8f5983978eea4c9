import { diagnostic } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { spanBetween } from "./source-text.ts";
import type { SourceText } from "./source-text.ts";
import { DEPTH_LIMIT } from "./to-plain.ts";

/**
 * Far beyond the limit itself, because brackets inside texts are counted too: this only keeps a YAML reader, which calls
 * itself for each level, from texts that nobody writes.
 */
const CERTAIN = 500;

/** Finds absurd nesting without reading YAML, in one pass over the characters. */
export function nestingProblem(source: SourceText): readonly Diagnostic[] {
  const at = absurdDepth(source.text);
  return at === null ? [] : [diagnostic("TooDeep", { limit: DEPTH_LIMIT }, spanBetween(source, at, at + 1))];
}

function absurdDepth(text: string): number | null {
  let open = 0;
  let dashes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) {
      open += 1;
      if (open > CERTAIN) return at;
    } else if (code === 0x5d || code === 0x7d) {
      open = Math.max(0, open - 1);
    } else if ((code === 0x2d || code === 0x3f || code === 0x3a) && text.charCodeAt(at + 1) <= 0x20) {
      // `- - - -` and `? ? ?` nest on one line.
      dashes += 1;
      if (dashes > CERTAIN) return at;
    } else if (code > 0x20 || code === 0x0a) {
      dashes = 0;
    }
  }
  return null;
}
