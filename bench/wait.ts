import { stringify } from "yaml";
import { alternate } from "./harness/alternate.ts";
import type { Arm } from "./harness/alternate.ts";
import type { Bench, Project } from "./harness/bench.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import type { CommandLine } from "./harness/command.ts";
import { costFigures } from "./harness/figure.ts";
import { hardening } from "./harness/sandboxes.ts";

const SERVICES = 3;
const ROUNDS = { least: 9, most: 21, budgetMs: 90_000, warmUp: 1 };

/** `coop apply` always waits; compose does when it is told to. */
export const waitForHealthy: Benchmark = {
  name: "wait",
  about: `\`coop apply\` with ${SERVICES} healthy Redis services as the file says, against \`docker compose up -d --wait\``,
  run: async (bench) => {
    const ours = bench.project("wait");
    ours.write("coop.yaml", stringify(forCoop(bench, ours)));
    const arms: (readonly [Project, CommandLine])[] = [[ours, ours.coop("apply", "--yes")]];
    if (bench.peer.kind === "there") {
      const peer = bench.project("wait-peer");
      peer.write("compose.yaml", stringify(forCompose(bench), { aliasDuplicateObjects: false }));
      arms.push([peer, peer.compose("up", "-d", "--wait")]);
    }
    for (const [, line] of arms) await bench.must(line);
    const [costs = [], peerCosts] = await alternate(
      arms.map(([, line]): Arm => ({ measured: () => bench.cost(line) })),
      ROUNDS,
      bench.say,
    );
    await bench.must(ours.coop("destroy", "--yes", "--delete-data"));
    // Its health checks would go on beside the benchmarks that follow.
    for (const [project] of arms.slice(1)) await bench.must(project.compose("down", "-v"));
    const peer =
      peerCosts === undefined || bench.peer.kind === "missing" ? null : { name: bench.peer.name, costs: peerCosts };
    return costFigures(
      `--wait with nothing to do, ${SERVICES} services`,
      { ours: costs, peer },
      { wall: { kind: "ratio", most: 0.4 }, cpu: null },
    );
  },
};

function forCoop(bench: Bench, project: Project): unknown {
  const resources = { cpus: 1, memory: "256MiB", pids: 128 };
  return {
    version: "coop/v1",
    project: project.name,
    services: Object.fromEntries(names().map((name) => [name, { image: bench.images.redis, resources }])),
  };
}

// The health check is the one that coop brings for the image; the services are closed in their own way here.
function forCompose(bench: Bench): unknown {
  const service = {
    ...hardening(),
    image: bench.images.redis,
    pull_policy: "never",
    user: "999:999",
    tmpfs: ["/tmp:rw,nosuid,nodev,exec,size=268435456,mode=1777"],
    network_mode: "none",
    healthcheck: { test: ["CMD-SHELL", "redis-cli ping | grep -q PONG"], interval: "5s", timeout: "3s", retries: 12 },
  };
  return { services: Object.fromEntries(names().map((name) => [name, service])) };
}

function names(): readonly string[] {
  return Array.from({ length: SERVICES }, (_, index) => `s${index}`);
}
