import type { Benchmark } from "./harness/benchmark.ts";
import { costFigures } from "./harness/figure.ts";
import { compareFleets } from "./harness/fleet-arms.ts";

const SANDBOXES = 32;
const TARGET = { kind: "ratio", most: 1.05 } as const;

export const freshApply: Benchmark = {
  name: "fresh-apply",
  about:
    "`coop apply` of 32 closed sandboxes that are not there, against `docker compose up -d` of the same containers",
  run: async (bench) => {
    const revisions = Array.from({ length: SANDBOXES }, () => 0);
    const costs = await compareFleets(bench, "fresh", {
      standing: false,
      revisions: () => revisions,
      rounds: { least: 4, most: 7, budgetMs: 240_000 },
    });
    return costFigures("fresh apply of 32", costs, { wall: TARGET, cpu: TARGET });
  },
};
