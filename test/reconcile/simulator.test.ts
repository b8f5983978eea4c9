import { beforeAll, describe, expect, it } from "vitest";
import { prepareFresh } from "./simulator/fresh.ts";
import { simulate } from "./simulator/simulate.ts";

/** Where the seeds begin, and how many. `SEED=123 SEEDS=1` replays one. */
const FIRST = Number(process.env["SEED"] ?? 1);
const COUNT = Number(process.env["SEEDS"] ?? 10_000);

describe("the reconciler, in any schedule of files, hands and faults", () => {
  beforeAll(prepareFresh);

  it(`keeps its promises in ${COUNT} seeded schedules`, { timeout: 1_200_000 }, async () => {
    for (let seed = FIRST; seed < FIRST + COUNT; seed += 1) {
      const { violations, log } = await simulate(seed);
      if (violations.length > 0) {
        // TRACE=1 shows every look.
        const replay = `replay: SEED=${seed} SEEDS=1 npx vitest run --project unit test/reconcile/simulator.test.ts`;
        expect.fail(`seed ${seed}:\n${violations.join("\n")}\n\n${log.join("\n")}\n\n${replay}`);
      }
    }
  });

  // What the simulator cannot find it cannot vouch for: the same schedules with the holds taken away.
  it.for([
    ["wider reach", { loosening: true, destruction: false }, /wider reach without a person/],
    ["looser containers", { loosening: true, destruction: false }, /was loosened without a person/],
    ["lost data", { loosening: false, destruction: true }, /data was removed without a person/],
  ] as const)("finds %s where nothing is held", { timeout: 600_000 }, async ([, allowed, found]) => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const { violations } = await simulate(seed, allowed);
      if (violations.some((each) => found.test(each))) return;
    }
    expect.fail("500 schedules found nothing");
  });
});
