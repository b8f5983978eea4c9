import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { applyPlan } from "../../src/apply/apply-plan.ts";
import type { ApplyEvent, ApplyOptions } from "../../src/apply/apply-plan.ts";
import { startOf } from "../../src/diagnostics/source-span.ts";
import { resource } from "../../src/graph/resource.ts";
import type { Resource, ResourceId } from "../../src/graph/resource.ts";
import type { EffectiveChange } from "../../src/plan/change.ts";
import type { Plan } from "../../src/plan/plan.ts";

type Edges = Readonly<Record<ResourceId, readonly ResourceId[]>>;

const never = new AbortController().signal;

function aPlan(edges: Edges): Plan {
  const changes = Object.entries(edges).map(([key, after]): EffectiveChange => {
    const id = key as ResourceId; // the keys are written as such
    const desired = resource({ id, kind: "thing", spec: {}, dependsOn: [], origin: startOf("coop.yaml") });
    return {
      action: "create",
      id,
      origin: desired.origin,
      after,
      destructive: false,
      reason: { kind: "missing" },
      desired,
    };
  });
  return {
    scope: { project: "demo", backend: "memory" },
    changes,
    foreign: [],
    diagnostics: [],
    fingerprint: "sha256:0",
  };
}

function options(differences: Partial<ApplyOptions<Resource>> = {}): ApplyOptions<Resource> {
  return { apply: async () => undefined, concurrency: 4, onEvent: () => undefined, now: () => 0, ...differences };
}

it("starts a change when all that it waits for has ended well, and as many at once as allowed", async () => {
  const log: string[] = [];
  let atOnce = 0;
  let most = 0;
  const apply: ApplyOptions<Resource>["apply"] = async ({ id }) => {
    log.push(`+${id}`);
    atOnce += 1;
    most = Math.max(most, atOnce);
    await sleep(5);
    atOnce -= 1;
    log.push(`-${id}`);
  };
  const edges: Edges = { "t:a": [], "t:b": [], "t:c": [], "t:d": ["t:a", "t:b"], "t:e": ["t:d"] };
  const outcomes = await applyPlan(aPlan(edges), options({ apply, concurrency: 2 }), never);
  expect([...outcomes.values()].every((each) => each.kind === "done")).toBe(true);
  expect(most).toBe(2);
  expect(log.indexOf("+t:d")).toBeGreaterThan(Math.max(log.indexOf("-t:a"), log.indexOf("-t:b")));
  expect(log.indexOf("+t:e")).toBeGreaterThan(log.indexOf("-t:d"));
});

it("skips what depends on a failure, however far behind, and nothing else", async () => {
  const edges: Edges = { "t:a": [], "t:b": ["t:a"], "t:c": ["t:b"], "t:d": [], "t:e": ["t:d"] };
  const apply: ApplyOptions<Resource>["apply"] = async ({ id }) => {
    if (id === "t:a") throw new Error("refused");
  };
  const outcomes = await applyPlan(aPlan(edges), options({ apply }), never);
  expect(Object.fromEntries(outcomes)).toMatchObject({
    "t:a": { kind: "failed", error: new Error("refused") },
    "t:b": { kind: "skipped", because: "t:a" },
    "t:c": { kind: "skipped", because: "t:b" },
    "t:d": { kind: "done" },
    "t:e": { kind: "done" },
  });
});

it("tells each start, step and end, in this order", async () => {
  const events: string[] = [];
  const onEvent = (event: ApplyEvent): void =>
    void events.push(`${event.kind} ${event.change.id} ${event.kind === "step" ? event.step : ""}`.trim());
  let clock = 0;
  const now = (): number => (clock += 10);
  const apply: ApplyOptions<Resource>["apply"] = async (_, report) => report("pulling");
  const outcomes = await applyPlan(aPlan({ "t:a": [] }), options({ apply, onEvent, now }), never);
  expect(events).toEqual(["started t:a", "step t:a pulling", "ended t:a"]);
  expect(outcomes.get("t:a")).toEqual({ kind: "done", tookMs: 10 });
});

it("starts nothing more after an interrupt, waits for what runs, and names all that is left", async () => {
  const interrupt = new AbortController();
  const started: string[] = [];
  const apply: ApplyOptions<Resource>["apply"] = async ({ id }, _report, signal) => {
    started.push(id);
    if (id === "t:finishes") return sleep(5);
    interrupt.abort();
    await sleep(10_000, undefined, { signal });
  };
  const edges: Edges = { "t:finishes": [], "t:hangs": [], "t:behind": ["t:finishes"], "t:beyond": ["t:behind"] };
  const outcomes = await applyPlan(aPlan(edges), options({ apply }), interrupt.signal);
  expect(started).toEqual(["t:finishes", "t:hangs"]);
  expect(Object.fromEntries([...outcomes].map(([id, { kind }]) => [id, kind]))).toEqual({
    "t:finishes": "done",
    "t:hangs": "interrupted",
    "t:behind": "interrupted",
    "t:beyond": "interrupted",
  });
});

it("begins nothing when it was interrupted before", async () => {
  const outcomes = await applyPlan(aPlan({ "t:a": [], "t:b": ["t:a"] }), options(), AbortSignal.abort());
  expect([...outcomes.values()].map((each) => each.kind)).toEqual(["interrupted", "interrupted"]);
});

it("refuses a cycle before the first change", async () => {
  const started: string[] = [];
  const apply: ApplyOptions<Resource>["apply"] = async ({ id }) => void started.push(id);
  const edges: Edges = { "t:a": [], "t:b": ["t:c"], "t:c": ["t:b"] };
  await expect(applyPlan(aPlan(edges), options({ apply }), never)).rejects.toThrow("t:b, t:c");
  expect(started).toEqual([]);
});

it("takes what is not in the plan as having nothing left to do", async () => {
  const outcomes = await applyPlan(aPlan({ "t:a": ["t:elsewhere"] }), options(), never);
  expect(outcomes.get("t:a")?.kind).toBe("done");
});

it("walks ten thousand changes in a chain and side by side", async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 5000 }, (_, at) => [`t:${at}`, at === 0 ? [] : [`t:${at - 1}`]]),
  ) as Edges;
  const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`w:${at}`, []])) as Edges;
  const outcomes = await applyPlan(aPlan({ ...chain, ...wide }), options({ concurrency: 16 }), never);
  expect(outcomes.size).toBe(10_000);
});
