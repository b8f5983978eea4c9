import type { Benchmark } from "./harness/benchmark.ts";
import { costFigures } from "./harness/figure.ts";
import { compareFleets } from "./harness/fleet-arms.ts";

const SANDBOXES = 32;

export const noOp: Benchmark = {
  name: "no-op",
  about: "`coop apply` where 32 sandboxes are as the file says, Node's start included, against `docker compose up -d`",
  run: async (bench) => {
    const revisions = Array.from({ length: SANDBOXES }, () => 0);
    const costs = await compareFleets(bench, "noop", {
      standing: true,
      revisions: () => revisions,
      rounds: { least: 9, most: 21, budgetMs: 60_000, warmUp: 1 },
    });
    return costFigures("no-op apply of 32", costs, { wall: { kind: "ratio", most: 2 }, cpu: null });
  },
};
