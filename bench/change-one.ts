import type { Benchmark } from "./harness/benchmark.ts";
import { costFigures } from "./harness/figure.ts";
import { compareFleets } from "./harness/fleet-arms.ts";

const SANDBOXES = 12;

export const changeOne: Benchmark = {
  name: "change-one",
  about: "one variable of one of 12 running sandboxes changes, against `docker compose up -d`",
  run: async (bench) => {
    const costs = await compareFleets(bench, "one", {
      standing: true,
      revisions: (round) => Array.from({ length: SANDBOXES }, (_, index) => (index === 5 ? round : 0)),
      rounds: { least: 7, most: 15, budgetMs: 90_000, warmUp: 1 },
    });
    return costFigures("change 1 of 12", costs, { wall: { kind: "ratio", most: 1.1 }, cpu: null });
  },
};
