import { alternate } from "./harness/alternate.ts";
import type { Arm } from "./harness/alternate.ts";
import type { Bench, Project } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import type { CommandLine, Cost } from "./harness/command.ts";
import { measure, run } from "./harness/command.ts";
import type { Figure, Target } from "./harness/figure.ts";
import { agentsForCompose, agentsForCoop } from "./harness/many-agents.ts";
import { median } from "./harness/statistics.ts";

const SIZES = [100, 1000, 10_000] as const;
const COMMANDS = ["validate", "compile"] as const;
const MOST_MEBIBYTES = 400;
/** Costs the same per agent, whatever their number, but for what a longer run makes the collector do. */
const LINEAR = 1.3;

export const fileSize: Benchmark = {
  name: "file-size",
  about: "`coop validate` and `coop compile` of 100, 1,000 and 10,000 agents, against `docker compose config -q`",
  run: async (bench) => {
    const figures: Figure[] = [];
    const walls = new Map<string, number>();
    for (const size of SIZES) {
      const sized = await ofSize(bench, size);
      figures.push(...sized);
      for (const command of COMMANDS) {
        const wall = sized.find((each) => each.what === what(command, size, "wall"));
        if (wall !== undefined) walls.set(`${command} ${size}`, median(wall.ours));
      }
    }
    return [...figures, ...COMMANDS.map((command) => linearity(command, walls))];
  },
};

async function ofSize(bench: Bench, size: number): Promise<readonly Figure[]> {
  const project = bench.project(`size-${size}`);
  project.write("coop.yaml", agentsForCoop(project.name, size));
  project.write("compose.yaml", agentsForCompose(bench.images.base, size));
  const refusal = bench.peer.kind === "there" ? await refusalOf(project) : null;
  const compared = bench.peer.kind === "there" && refusal === null;
  const lines: readonly CommandLine[] = [
    ...COMMANDS.map((command) => project.coop(command)),
    ...(compared ? [project.compose("config", "-q")] : []),
  ];
  const arms = lines.map((line): Arm => ({ measured: () => measure(line) }));
  const rounds = { least: size > 1000 ? 3 : 5, most: 9, budgetMs: 60_000, warmUp: 1 };
  const costs = await alternate(arms, rounds, (line) => bench.say(`${size} agents, ${line}`));
  const peer = compared ? costs[COMMANDS.length] : undefined;
  const note = refusal === null ? "" : `docker compose refuses ${size} services: ${refusal}`;
  const memory = await Promise.all(
    COMMANDS.map(async (command) => (await measure(project.coop(command), { memory: true })).peakMebibytes ?? 0),
  );
  return COMMANDS.flatMap((command, index) =>
    commandFigures(command, size, costs[index] ?? [], peer, memory[index] ?? 0, note),
  );
}

function commandFigures(
  command: string,
  size: number,
  costs: readonly Cost[],
  peer: readonly Cost[] | undefined,
  mebibytes: number,
  note: string,
): readonly Figure[] {
  const target: Target | null =
    size === 1000 ? { kind: "ratio", most: 0.5 } : size === 10_000 ? { kind: "value", most: 3000 } : null;
  const of = (pick: (cost: Cost) => number): Pick<Figure, "ours" | "peer"> => ({
    ours: costs.map(pick),
    peer: peer === undefined ? null : { name: "docker compose config -q", values: peer.map(pick) },
  });
  return [
    { what: what(command, size, "wall"), unit: "ms", ...of((cost) => cost.wallMs), target, note },
    { what: what(command, size, "CPU"), unit: "s CPU", ...of((cost) => cost.clientSeconds), target: null, note: "" },
    {
      what: what(command, size, "memory"),
      unit: "MiB",
      ours: [mebibytes],
      peer: null,
      target: { kind: "value", most: MOST_MEBIBYTES },
      note: "",
    },
  ];
}

function what(command: string, size: number, figure: string): string {
  return `${command} ${size} agents: ${figure}`;
}

// What one agent more costs between 1,000 and 10,000, by what it costs between 100 and 1,000.
function linearity(command: string, walls: ReadonlyMap<string, number>): Figure {
  const [few, some, many] = SIZES.map((size) => walls.get(`${command} ${size}`) ?? Number.NaN);
  const late = ((many ?? Number.NaN) - (some ?? Number.NaN)) / (SIZES[2] - SIZES[1]);
  const early = ((some ?? Number.NaN) - (few ?? Number.NaN)) / (SIZES[1] - SIZES[0]);
  return {
    what: `${command}: cost of one agent more, late by early`,
    unit: "×",
    ours: [late / early],
    peer: null,
    target: { kind: "value", most: LINEAR },
    note: "",
  };
}

async function refusalOf(project: Project): Promise<string | null> {
  const ended = await run(project.compose("config", "-q"));
  return ended.code === 0 ? null : (ended.errors.trim().split("\n").at(-1) ?? "").slice(0, 200);
}
