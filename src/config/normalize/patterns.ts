import type { IgnorePattern } from "../../model/model.ts";
import type { Places } from "../places.ts";

/** Patterns in the order of the file, which means something: a later `!` undoes an earlier pattern. */
export function normalizePatterns(written: readonly string[] | undefined, places: Places): readonly IgnorePattern[] {
  return (written ?? []).map((pattern, index) => ({ pattern, origin: places.value(written ?? [], index) }));
}
