import { canonicalJson } from "../graph/digest.ts";

/** One field that differs. `pointer` is a JSON pointer into the resource's spec. `undefined` = not there. */
export interface FieldChange {
  readonly pointer: string;
  readonly observed: unknown;
  readonly desired: unknown;
}

/** Where two JSON values differ, deepest pointers first where both sides are objects; lists are compared whole. */
export function fieldChanges(observed: unknown, desired: unknown, pointer = ""): readonly FieldChange[] {
  if (isRecord(observed) && isRecord(desired)) {
    const keys = [...new Set([...Object.keys(observed), ...Object.keys(desired)])].toSorted();
    return keys.flatMap((key) => fieldChanges(observed[key], desired[key], `${pointer}/${escapeToken(key)}`));
  }
  return same(observed, desired) ? [] : [{ pointer, observed, desired }];
}

function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// RFC 6901.
function escapeToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
