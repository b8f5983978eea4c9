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
    const keys = [...new Set([...Object.keys(observed), ...Object.keys(desired)])];
    // Most fields are equal, and most of those are one value or the same object: they need no place in the order.
    const differing = keys.filter((key) => observed[key] !== desired[key]);
    return differing
      .toSorted()
      .flatMap((key) => fieldChanges(observed[key], desired[key], `${pointer}/${escapeToken(key)}`));
  }
  return same(observed, desired) ? [] : [{ pointer, observed, desired }];
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || typeof a !== typeof b || typeof a !== "object") return false;
  return canonicalJson(a) === canonicalJson(b);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// RFC 6901.
function escapeToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
