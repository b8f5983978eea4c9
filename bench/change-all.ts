import type { Benchmark } from "./harness/benchmark.ts";
import { costFigures } from "./harness/figure.ts";
import { compareFleets } from "./harness/fleet-arms.ts";

const SANDBOXES = 32;
const TARGET = { kind: "ratio", most: 1.05 } as const;

export const changeAll: Benchmark = {
  name: "change-all",
  about:
    "one variable of each of 32 running sandboxes changes, so that all are replaced, against `docker compose up -d`",
  run: async (bench) => {
    const costs = await compareFleets(bench, "all", {
      standing: true,
      revisions: (round) => Array.from({ length: SANDBOXES }, () => round),
      rounds: { least: 4, most: 7, budgetMs: 240_000 },
    });
    return costFigures("change all 32", costs, { wall: TARGET, cpu: TARGET });
  },
};
