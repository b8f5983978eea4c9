import type { FieldChange } from "../plan/field-changes.ts";

/** One time that a field was put right. */
export interface Heal {
  /** As in FieldChange; `""` = the object itself was gone. */
  readonly pointer: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A field that somebody keeps changing. Who it is, no engine tells. */
export interface Fight {
  readonly pointer: string;
  readonly observed: unknown;
  readonly desired: unknown;
  readonly times: number;
}

/** So often within the window is no accident. */
export const FIGHT_TIMES = 5;
export const FIGHT_WINDOW_MS = 10 * 60_000;

/** Ends come and go by themselves, and are counted as failures. */
const OWN_COURSE = "/state";

/** Those that count, with what was healed now; what is out of the window is forgotten. */
export function withHeals(
  heals: readonly Heal[],
  fields: readonly Pick<FieldChange, "pointer">[],
  now: number,
): readonly Heal[] {
  const recent = heals.filter((each) => now - each.at < FIGHT_WINDOW_MS);
  const counted = fields.filter((each) => each.pointer !== OWN_COURSE);
  return counted.length === 0 ? recent : [...recent, ...counted.map(({ pointer }) => ({ pointer, at: now }))];
}

/** The first of the fields that was put right too often already; null = none. */
export function fightOver(heals: readonly Heal[], fields: readonly FieldChange[], now: number): Fight | null {
  for (const { pointer, observed, desired } of fields) {
    const times = heals.filter((each) => each.pointer === pointer && now - each.at < FIGHT_WINDOW_MS).length;
    if (times >= FIGHT_TIMES) return { pointer, observed, desired, times };
  }
  return null;
}
