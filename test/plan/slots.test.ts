import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/graph/digest.ts";
import { resource, resourceGraph } from "../../src/graph/resource.ts";
import type { Resource, ResourceId } from "../../src/graph/resource.ts";
import type { Observed, Phase } from "../../src/graph/snapshot.ts";
import { startOf } from "../../src/diagnostics/source-span.ts";
import { plan } from "../../src/plan/plan.ts";
import type { PlanRules } from "../../src/plan/rules.ts";
import { holdBack } from "../../src/plan/slots.ts";

type Thing = Resource<"container", { readonly state: string }>;

const SCOPE = { project: "demo", backend: "memory" };
const RULES: PlanRules<Thing> = {
  kinds: {
    container: {
      updatable: () => ["/state"],
      sensitive: [],
      holdsData: () => false,
      prunable: true,
      replacesDependents: () => false,
    },
  },
  usesOf: () => [],
  adaptations: () => [],
};

function member(index: number): Thing {
  return resource({
    id: `container:sandbox.night.${index}`,
    kind: "container",
    spec: { state: "running" },
    dependsOn: [],
    origin: startOf("coop.yaml"),
  });
}

function observed(index: number, phase: Phase): Observed<Thing> {
  const accepted = phase.kind === "running" || (phase.kind === "exited" && phase.code === 0);
  return {
    id: `container:sandbox.night.${index}`,
    kind: "container",
    handle: `h${index}`,
    name: `n${index}`,
    ownership: "ours",
    digest: digestOf({ state: "running" }),
    live: { state: accepted ? "running" : phase.kind },
    phase,
  };
}

function started(
  world: readonly Observed<Thing>[],
  maxParallel: number,
  over: readonly ResourceId[] = [],
): { starts: readonly string[]; waiting: readonly string[] } {
  const members = [0, 1, 2, 3].map(member);
  const whole = plan(resourceGraph(SCOPE, members), { scope: SCOPE, observed: world, complete: true, gaps: [] }, RULES);
  const slots = members.map(({ id }) => ({ id, suffix: id.slice("container:sandbox".length) }));
  const held = holdBack(whole, [{ members: slots, maxParallel }], new Set(over));
  return {
    starts: held.plan.changes.filter((each) => each.action !== "keep").map((each) => each.id),
    waiting: held.waiting,
  };
}

const RUNNING: Phase = { kind: "running", ready: true };
const DONE: Phase = { kind: "exited", code: 0, outOfMemory: false };

describe("holdBack", () => {
  it("starts the first members up to the limit", () => {
    expect(started([], 2)).toEqual({
      starts: ["container:sandbox.night.0", "container:sandbox.night.1"],
      waiting: ["container:sandbox.night.2", "container:sandbox.night.3"],
    });
  });

  it("lets what runs keep its place", () => {
    expect(started([observed(2, RUNNING), observed(3, RUNNING)], 2).starts).toEqual([]);
  });

  it("gives the place of what is completed to the next", () => {
    expect(started([observed(0, DONE), observed(1, RUNNING)], 2).starts).toEqual(["container:sandbox.night.2"]);
  });

  it("gives no place to what is over, and takes none from it while it runs", () => {
    const killed: Phase = { kind: "exited", code: 143, outOfMemory: false };
    const over = ["container:sandbox.night.0"] as const;
    expect(started([observed(0, killed)], 1, over).starts).toContain("container:sandbox.night.1");
    expect(started([observed(0, RUNNING)], 1, over).starts).toEqual([]);
  });

  it("holds nothing back below the limit", () => {
    expect(started([], 9).waiting).toEqual([]);
  });
});
