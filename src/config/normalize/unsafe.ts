import type { UnsafeEntry } from "../../../schema/coop-file.gen.ts";
import type { Loosening } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { pick, sortedSet } from "./layers.ts";

const KEYS = ["capabilities", "privilegeGain", "rawNetwork", "root", "seccompUnconfined", "writableRoot"] as const;

/** The loosenings that are switched on, by name. */
export function normalizeUnsafe(
  layers: readonly { readonly unsafe?: UnsafeEntry }[],
  places: Places,
): readonly Loosening[] {
  const written = layers.flatMap((layer) => (layer.unsafe === undefined ? [] : [layer.unsafe]));
  return KEYS.flatMap((key) => {
    const picked = pick(written, key);
    if (picked === null || picked.value === false) return [];
    const values = typeof picked.value === "boolean" ? [] : sortedSet(picked.value);
    if (key === "capabilities" && values.length === 0) return [];
    return [{ key, values, origin: places.key(picked.owner, key) }];
  });
}
