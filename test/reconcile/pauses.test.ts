import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pauseMs } from "../../src/reconcile/backoff.ts";
import { FIGHT_TIMES, FIGHT_WINDOW_MS, fightOver, withHeals } from "../../src/reconcile/fights.ts";
import type { Heal } from "../../src/reconcile/fights.ts";

describe("the pause before the next try", () => {
  it("begins at 250 ms, doubles, and stays at five minutes", () => {
    expect([0, 1, 2, 3, 10, 11, 12, 40, 10_000].map((failures) => pauseMs(failures, 0))).toEqual([
      0, 250, 500, 1000, 128_000, 256_000, 300_000, 300_000, 300_000,
    ]);
  });

  it("is shortened by chance by up to a half, never more", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, x) => {
          const whole = pauseMs(n, 0);
          expect(pauseMs(n, x)).toBeLessThanOrEqual(whole);
          expect(pauseMs(n, x)).toBeGreaterThanOrEqual(Math.floor(whole / 2));
        },
      ),
    );
  });
});

describe("a fight over a field", () => {
  const field = { pointer: "/body/HostConfig/Memory", observed: 1, desired: 2 };
  const healed = (times: number, everyMs: number): readonly Heal[] => {
    let heals: readonly Heal[] = [];
    for (let time = 0; time < times; time += 1) heals = withHeals(heals, [field], 1_000_000 + time * everyMs);
    return heals;
  };
  const end = (times: number, everyMs: number): number => 1_000_000 + times * everyMs;

  it("is one from the fifth time within ten minutes, and says both values", () => {
    expect(fightOver(healed(FIGHT_TIMES - 1, 1000), [field], end(4, 1000))).toBeNull();
    expect(fightOver(healed(FIGHT_TIMES, 1000), [field], end(5, 1000))).toEqual({ ...field, times: 5 });
  });

  it("is none over what comes back now and then, over another field, or over the state that comes and goes by itself", () => {
    const seldom = FIGHT_WINDOW_MS / (FIGHT_TIMES - 1);
    expect(fightOver(healed(50, seldom), [field], end(50, seldom))).toBeNull();
    expect(fightOver(healed(9, 1000), [{ ...field, pointer: "/name" }], end(9, 1000))).toBeNull();
    const state = { pointer: "/state", observed: "exited", desired: "running" };
    let heals: readonly Heal[] = [];
    for (let time = 0; time < 20; time += 1) heals = withHeals(heals, [state], time);
    expect(heals).toEqual([]);
  });

  it("is over when nobody has changed the field for ten minutes", () => {
    expect(fightOver(healed(FIGHT_TIMES, 0), [field], 1_000_000 + FIGHT_WINDOW_MS)).toBeNull();
  });
});
