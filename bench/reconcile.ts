import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Project } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import type { Figure, Target, Unit } from "./harness/figure.ts";
import { memoryOf } from "./harness/memory.ts";
import { sandboxesForCoop } from "./harness/sandboxes.ts";
import { quantile } from "./harness/statistics.ts";

const SANDBOXES = 32;
/** Each sandbox comes to its turn when it has run long enough to be begun again at once. */
const ROUNDS = 100;
const LOOKS = 30;
const PORT = 9464;

/** What a person waits for who edits a file, or breaks something, beside `coop watch`. */
export const reconcile: Benchmark = {
  name: "reconcile",
  about: `\`coop watch\` over ${SANDBOXES} closed sandboxes: save → converged, killed → running again, a look that finds nothing`,
  run: async (bench) => {
    const project = bench.project("reconcile");
    const revisions: number[] = Array.from({ length: SANDBOXES }, () => 0);
    const save = (): void => project.write("coop.yaml", sandboxesForCoop(project.name, revisions));
    save();
    await bench.must(project.coop("apply", "--yes"));
    const watch = watchIn(project);
    try {
      await watch.until(() => watch.phase() === "converged");
      const saved: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const at = round % SANDBOXES;
        revisions[at] = round + 1;
        const before = watch.done();
        const began = performance.now();
        save();
        await watch.until(() => watch.done() > before && watch.phase() === "converged");
        saved.push(performance.now() - began);
        if (round % 20 === 19) bench.say(`save → converged: ${round + 1} of ${ROUNDS}`);
      }
      const looks = await emptyLooks(project, watch);
      const healed = await killAll(bench, project, watch);
      const memory = memoryOf(watch.pid);
      return [
        ...spread("save → converged, one of 32 edited", saved, { kind: "value", most: 750 }, null),
        ...spread("killed → running again", healed, { kind: "value", most: 500 }, { kind: "value", most: 1500 }),
        figure(`a look at ${SANDBOXES} sandboxes that finds nothing`, "ms", [looks], { kind: "value", most: 50 }),
        figure(`coop watch over ${SANDBOXES} sandboxes: memory of its own`, "MiB", [memory.own], null),
        figure(`coop watch over ${SANDBOXES} sandboxes: resident`, "MiB", [memory.resident], null),
      ];
    } finally {
      await watch.end();
      await bench.must(project.coop("destroy", "--yes", "--delete-data"));
    }
  },
};

interface Watch {
  readonly pid: number;
  readonly phase: () => string;
  /** How many changes have been done. */
  readonly done: () => number;
  /** Asked at every line; rejects when the watch ends. */
  readonly until: (holds: () => boolean) => Promise<void>;
  readonly end: () => Promise<void>;
}

function watchIn(project: Project): Watch {
  const line = project.coop("watch", "--json", "--metrics", String(PORT));
  const child = spawn(line.command, line.args, {
    cwd: line.cwd,
    env: line.environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last: { readonly phase: string; readonly counters: { readonly done: number } } | null = null;
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    last = JSON.parse(text);
    for (const each of waiting) each();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    pid: child.pid ?? 0,
    phase: () => last?.phase ?? "",
    done: () => last?.counters.done ?? 0,
    until: async (holds) => {
      while (!holds()) {
        let come = (): void => undefined;
        const next = new Promise<void>((resolve) => (come = resolve));
        waiting.add(come);
        const over = ended.then(() => {
          throw new Error("coop watch has ended");
        });
        await Promise.race([next, over]);
        waiting.delete(come);
      }
    },
    end: async () => {
      child.kill("SIGINT");
      await ended;
    },
  };
}

// An ignore file wakes the watch, and changes nothing of what is wanted.
async function emptyLooks(project: Project, watch: Watch): Promise<number> {
  const before = await passTimes();
  for (let look = 0; look < LOOKS; look += 1) {
    project.write(".coopignore", `# ${look}\n`);
    await sleep(300);
  }
  await watch.until(() => watch.phase() === "converged");
  const after = await passTimes();
  return ((after.seconds - before.seconds) / (after.count - before.count)) * 1000;
}

async function passTimes(): Promise<{ readonly seconds: number; readonly count: number }> {
  const text = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text();
  const of = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  return { seconds: of("coop_pass_duration_seconds_sum"), count: of("coop_pass_duration_seconds_count") };
}

// By the engine's own word: from the order to kill until it says that the container has started.
async function killAll(bench: Bench, project: Project, watch: Watch): Promise<readonly number[]> {
  const healed: number[] = [];
  const filters = { label: [`coop.dev/project=${project.name}`], event: ["start"] };
  const events = await bench.docker.getEvents({ filters });
  const started = new Set<() => void>();
  events.on("data", () => {
    for (const each of started) each();
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const container = bench.docker.getContainer(`coop.${project.name}.sandbox.a${round % SANDBOXES}.0`);
    let come = (): void => undefined;
    const again = new Promise<void>((resolve) => (come = resolve));
    started.add(come);
    const began = performance.now();
    await container.kill();
    await again;
    healed.push(performance.now() - began);
    started.delete(come);
    await watch.until(() => watch.phase() === "converged");
    if (round % 20 === 19) bench.say(`killed → running again: ${round + 1} of ${ROUNDS}`);
  }
  if ("destroy" in events && typeof events.destroy === "function") events.destroy();
  return healed;
}

function spread(what: string, values: readonly number[], p50: Target | null, p99: Target | null): readonly Figure[] {
  return [
    figure(`${what}: p50`, "ms", [quantile(values, 0.5)], p50, `${values.length} times`),
    figure(`${what}: p99`, "ms", [quantile(values, 0.99)], p99),
  ];
}

function figure(what: string, unit: Unit, ours: readonly number[], target: Target | null, note = ""): Figure {
  return { what, unit, ours, peer: null, target, note };
}
