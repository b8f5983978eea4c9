/** Numbers that only the seed decides. */
export interface Chance {
  /** 0 ≤ x < 1. */
  readonly next: () => number;
  readonly below: (limit: number) => number;
  readonly of: (probability: number) => boolean;
  readonly pick: <T>(all: readonly T[]) => T;
}

export function chanceOf(seed: number): Chance {
  let state = (seed * 0x9e3779b1 + 0x7f4a7c15) >>> 0;
  // mulberry32: small, and good enough to reach every corner.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    of: (probability) => next() < probability,
    pick: (all) => {
      const found = all[below(all.length)];
      if (found === undefined) throw new Error("nothing to pick from");
      return found;
    },
  };
}
