import { alternate } from "./harness/alternate.ts";
import type { Arm } from "./harness/alternate.ts";
import type { Bench } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import type { CommandLine, Cost } from "./harness/command.ts";
import type { Figure } from "./harness/figure.ts";
import { sandboxesForCoop } from "./harness/sandboxes.ts";

const ROUNDS = { least: 15, most: 31, budgetMs: 30_000, warmUp: 2 };

export const startUp: Benchmark = {
  name: "start-up",
  about: "`coop --version` and `coop validate` of one agent, against bare Node and the compose binary",
  run: async (bench) => {
    const project = bench.project("start");
    project.write("coop.yaml", sandboxesForCoop(project.name, [0]));
    const arms: readonly (readonly [string, CommandLine])[] = [
      ["node -e 0", bench.line(process.execPath, ["-e", "0"])],
      ["coop --version", project.coop("--version")],
      ["coop validate", project.coop("validate")],
      ...(bench.peer.kind === "there"
        ? [[`${bench.peer.name}, version`, bench.line(bench.peer.path, ["version"])] as const]
        : []),
    ];
    const costs = await alternate(
      arms.map(([, line]) => armOf(bench, line)),
      ROUNDS,
      () => undefined,
    );
    const of = (name: string): readonly number[] =>
      (costs[arms.findIndex(([each]) => each.startsWith(name))] ?? []).map((cost: Cost) => cost.wallMs);
    const compared = ["coop --version", "coop validate"].flatMap((what): readonly Figure[] => [
      { what, unit: "ms", ours: of(what), peer: { name: "node -e 0", values: of("node") }, target: null, note: "" },
      ...(bench.peer.kind === "there"
        ? [
            {
              what,
              unit: "ms",
              ours: of(what),
              peer: { name: "docker compose version", values: of("docker compose") },
              target: null,
              note: "",
            } as const,
          ]
        : []),
    ]);
    return compared;
  },
};

function armOf(bench: Bench, line: CommandLine): Arm {
  return { measured: () => bench.cost(line) };
}
