import { beforeAll, expect, it } from "vitest";
import { eventually } from "../e2e/support/command.ts";
import { images } from "../e2e/support/containers.ts";
import { aProject } from "../e2e/support/project.ts";
import type { Project } from "../e2e/support/project.ts";
import { fileScope } from "../e2e/support/scope.ts";
import { RECREATED } from "../engine/drift-catalogue.ts";
import type { Names } from "../engine/drift-catalogue.ts";
import { LIVING } from "../engine/living-catalogue.ts";
import { canonicalDump } from "../faults/canonical-dump.ts";
import type { Dump } from "../faults/canonical-dump.ts";
import { unlike } from "../faults/oracle.ts";
import { RunningWatch } from "../faults/running-watch.ts";
import { inspect, recreate } from "../support/by-hand.ts";

const scope = fileScope();
const small = { run: ["sleep", "infinity"], workspace: "none", resources: { cpus: 0.5, memory: "64MiB", pids: 32 } };

let project: Project;
let names: Names;
let wanted: Dump;
let watch: RunningWatch;

beforeAll(async () => {
  project = await aProject(scope, {
    agents: {
      plain: { ...small, volumes: ["cache-0:/cache"] },
      web: { ...small, egress: ["site"] },
    },
    egress: { rules: [{ name: "site", host: "site.example.com" }] },
    services: { cache: { image: images().redis } },
  });
  await project.apply();
  wanted = await canonicalDump(project.name);
  names = {
    plain: project.named("sandbox.plain.0"),
    tagged: project.named("sandbox.plain.0"),
    web: project.named("sandbox.web.0"),
    forwarder: project.named("forwarder.sandbox.web.0"),
    gateway: project.named("gateway"),
    network: project.named("gateway"),
    cache: project.named("volume.cache-0"),
    policyVolume: project.named("policy"),
    otherImage: (await inspect(project.named("gateway")))["Config"].Image,
  };
  watch = RunningWatch.start(project, undefined);
  scope.later(() => watch.kill());
});

const entries = [
  ...RECREATED.map(({ name, change }) => ({
    name,
    drift: (on: Names): Promise<unknown> => recreate(on.plain, (body) => change(body, on)),
  })),
  ...LIVING,
];

async function healed(): Promise<void> {
  await eventually("coop watch has healed it", async () => {
    if (!watch.running) throw new Error(`it ended:\n${watch.said.slice(-2000)}`);
    return watch.last?.phase === "converged" && (await unlike(wanted, project.name)).length === 0;
  });
}

it.for(entries)("coop watch heals: $name", async ({ drift }) => {
  await healed();
  // What is healed while it is still being done by hand is healed again.
  await drift(names).catch(() => undefined);
  await healed();
});

it("coop watch brings back what `coop down` and `coop destroy` take away in the middle, and none of them is in doubt", async () => {
  for (const words of [
    ["down", "--yes"],
    ["destroy", "--yes"],
  ]) {
    const ended = await project.coop(words);
    expect(ended.code, ended.text).toBe(0);
    await healed();
  }
});
