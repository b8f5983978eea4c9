import { sortedKeys } from "../graph/digest.ts";
import { jsonKey, jsonText } from "../graph/json-text.ts";

/** Enough to make few writes, and too little to matter beside what is written. */
const PIECE = 1 << 16;

/** A list of objects as indented JSON with sorted keys, piece by piece: the whole text of a large fleet is never held. */
export function* objectsJson(objects: Iterable<object>): Generator<string> {
  let text = "[";
  let first = true;
  for (const each of objects) {
    text += `${first ? "" : ","}\n  ${sortedJson(each, "\n  ")}`;
    first = false;
    if (text.length < PIECE) continue;
    yield text;
    text = "";
  }
  yield `${text}${first ? "" : "\n"}]\n`;
}

// As JSON.stringify writes with two spaces, which cannot sort. `line` begins a line at the depth of the value.
function sortedJson(value: unknown, line: string): string {
  if (typeof value === "string") return jsonText(value);
  if (!isRecord(value)) return JSON.stringify(value);
  const inner = `${line}  `;
  if (Array.isArray(value)) {
    let items = "";
    for (const each of value as readonly unknown[])
      items += `${items === "" ? "" : ","}${inner}${sortedJson(each, inner)}`;
    return items === "" ? "[]" : `[${items}${line}]`;
  }
  let fields = "";
  for (const key of sortedKeys(value)) {
    const field = value[key];
    if (field !== undefined)
      fields += `${fields === "" ? "" : ","}${inner}${jsonKey(key)}: ${sortedJson(field, inner)}`;
  }
  return fields === "" ? "{}" : `{${fields}${line}}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
