import { canonicalJson } from "../graph/digest.ts";

/** Enough to make few writes, and too little to matter beside what is written. */
const PIECE = 1 << 16;

/** A list of objects as indented JSON with sorted keys, piece by piece: the whole text of a large fleet is never held. */
export function* objectsJson(objects: Iterable<object>): Generator<string> {
  let text = "[";
  let first = true;
  for (const each of objects) {
    const lines = JSON.stringify(JSON.parse(canonicalJson(each)), null, 2);
    text += `${first ? "" : ","}\n  ${lines.replaceAll("\n", "\n  ")}`;
    first = false;
    if (text.length < PIECE) continue;
    yield text;
    text = "";
  }
  yield `${text}${first ? "" : "\n"}]\n`;
}
