import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import type { Bench } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import type { Figure, Unit } from "./harness/figure.ts";
import { memoryOf } from "./harness/memory.ts";

const SANDBOXES = 4;
const WATCH_MS = 20_000;

/** What coop's own processes take while nothing happens. */
export const idle: Benchmark = {
  name: "idle",
  about: "memory of an idle forwarder and gateway, and what an idle service makes the engine do",
  run: async (bench) => {
    const project = bench.project("idle");
    const resources = { cpus: 1, memory: "256MiB", pids: 128 };
    project.write(
      "coop.yaml",
      stringify({
        version: "coop/v1",
        project: project.name,
        egress: { rules: [{ name: "out", host: "api.example.com" }] },
        defaults: { workspace: { mode: "none" }, resources },
        agents: Object.fromEntries(
          Array.from({ length: SANDBOXES }, (_, index) => [
            `a${index}`,
            { run: ["sleep", "infinity"], egress: ["out"], services: ["cache"] },
          ]),
        ),
        services: { cache: { image: bench.images.redis, resources } },
      }),
    );
    await bench.must(project.coop("apply", "--yes"));
    // Past the first minutes of a process its memory moves little; a few seconds let the start's garbage go.
    await sleep(5000);
    const forwarders = await processesOf(bench, project.name, ".forwarder.sandbox.");
    const gateways = await processesOf(bench, project.name, ".gateway");
    const engine = await engineAtRest(bench);
    const figures = [
      reported(
        "forwarder of an idle sandbox: memory of its own",
        "MiB",
        forwarders.map((pid) => memoryOf(pid).own),
      ),
      reported(
        "forwarder of an idle sandbox: resident, shared code included",
        "MiB",
        forwarders.map((pid) => memoryOf(pid).resident),
      ),
      reported(
        "gateway of 4 idle sandboxes and a service: memory of its own",
        "MiB",
        gateways.map((pid) => memoryOf(pid).own),
      ),
      ...(engine === null
        ? []
        : [reported("engine beside 4 idle sandboxes and a service, per minute", "s CPU", [engine])]),
    ];
    await bench.must(project.coop("destroy", "--yes", "--delete-data"));
    return figures;
  },
};

function reported(what: string, unit: Unit, values: readonly number[]): Figure {
  return { what, unit, ours: values, peer: null, target: null, note: "" };
}

// Health checks are the engine's work, a process each; other containers' count in as well.
async function engineAtRest(bench: Bench): Promise<number | null> {
  if (bench.engine === null) return null;
  const before = bench.engine.read();
  await sleep(WATCH_MS);
  return (bench.engine.since(before) * 60_000) / WATCH_MS;
}

/** The Node processes of those containers: the engine's init runs each as its child. */
async function processesOf(bench: Bench, project: string, part: string): Promise<readonly number[]> {
  const all = await bench.docker.listContainers({ filters: { label: [`coop.dev/project=${project}`] } });
  const wanted = all.filter((each) => each.Names.some((name) => name.includes(part)));
  const reports = await Promise.all(wanted.map((each) => bench.docker.getContainer(each.Id).inspect()));
  return reports.flatMap(({ State: { Pid } }) =>
    readFileSync(`/proc/${Pid}/task/${Pid}/children`, "latin1").trim().split(" ").map(Number),
  );
}
