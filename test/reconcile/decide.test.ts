import { describe, expect, it } from "vitest";
import type { ContainerObject } from "../../compilers/container/resources.ts";
import { MemoryBackend } from "../../src/backends/memory/memory-backend.ts";
import type { MemoryWorld } from "../../src/backends/memory/memory-world.ts";
import { isEffective } from "../../src/plan/change.ts";
import { nothingConsented } from "../../src/reconcile/consented.ts";
import { decide } from "../../src/reconcile/decide.ts";
import type { Circumstances, Decision } from "../../src/reconcile/decide.ts";
import { FILES } from "./simulator/files.ts";
import type { SimulatedFile } from "./simulator/files.ts";
import { anEngine, applyAll } from "./simulator/fresh.ts";

const NOW = 1_000_000;

const named = (name: string): SimulatedFile => {
  const found = FILES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no file ${name}`);
  return found;
};

const CALM: Circumstances<ContainerObject> = {
  objects: new Map(),
  consented: nothingConsented(),
  allowed: { loosening: false, destruction: false },
  busy: new Set(),
  now: NOW,
  removalsFrom: 0,
  creates: true,
};

async function decided(
  engine: MemoryWorld,
  name: string,
  given: Partial<Circumstances<ContainerObject>> = {},
): Promise<Decision<ContainerObject>> {
  const file = named(name);
  const snapshot = await new MemoryBackend(engine, "demo").observe(file.graph, new AbortController().signal);
  return decide(file, snapshot, { ...CALM, ...given });
}

const applied = async (name: string): Promise<MemoryWorld> => {
  const engine = anEngine();
  await applyAll(engine, named(name));
  return engine;
};

const going = ({ go }: Decision<ContainerObject>): readonly string[] =>
  go.changes.flatMap((each) => (isEffective(each) ? [`${each.action} ${each.id}`] : [])).toSorted();

const kindOf = ({ verdicts }: Decision<ContainerObject>, id: string): string | undefined =>
  [...verdicts].find(([each]) => each === id)?.[1].kind;

describe("what goes by itself", () => {
  it("is everything that neither loosens nor destroys: an agent without reach, an edit, a repair", async () => {
    expect(going(await decided(anEngine(), "plain"))).toEqual([
      "create container:sandbox.a.0",
      "create container:sandbox.b.0",
    ]);
    const engine = await applied("plain");
    expect(going(await decided(engine, "edited"))).toEqual(["replace container:sandbox.a.0"]);
    engine.alter("coop.demo.sandbox.a.0", () => ({ phase: { kind: "paused" } }));
    expect(going(await decided(engine, "plain"))).toEqual(["update container:sandbox.a.0"]);
  });

  it("is the tightening half of rules that also loosen, at once", async () => {
    const engine = await applied("one");
    const decision = await decided(engine, "other");
    expect(going(decision)).toEqual(["update policy:rules"]);
    expect(decision.heldReach.map((each) => each.text)).toEqual(["a may reach https://two.example.com:443"]);
    const [change] = decision.go.changes;
    expect(
      change?.action === "update" && change.desired.kind === "policy" && change.desired.spec.policy.subjects,
    ).toMatchObject({
      "agent/a": { rules: [] },
    });
  });

  it("is no new reach, and no agent that would begin without it", async () => {
    const decision = await decided(await applied("plain"), "one");
    expect(decision.heldReach).toHaveLength(1);
    expect(kindOf(decision, "container:sandbox.a.0")).toBe("held");
    expect(kindOf(decision, "container:forwarder.sandbox.a.0")).toBe("held");
    expect(going(decision)).not.toContain("replace container:sandbox.a.0");
    const allowed = await decided(await applied("plain"), "one", { allowed: { loosening: true, destruction: false } });
    expect(kindOf(allowed, "container:sandbox.a.0")).not.toBe("held");
  });

  it("is no unsafe key, also where another hand has loosened the container before", async () => {
    const engine = await applied("plain");
    const before = await decided(engine, "plain");
    engine.alter("coop.demo.sandbox.a.0", ({ body }) => ({
      body: { ...body, HostConfig: { ...body.HostConfig, ReadonlyRootfs: false } },
    }));
    const decision = await decided(engine, "unsafe", { consented: before.consented });
    expect(decision.held.get("container:sandbox.a.0")).toMatchObject({ why: "loosens" });
    // What the hand did is undone meanwhile, by what was wanted before.
    expect(going(decision)).toContain("replace container:sandbox.a.0");
    const change = decision.go.changes.find((each) => each.id === "container:sandbox.a.0");
    expect(change).toMatchObject({ desired: { spec: { body: { HostConfig: { ReadonlyRootfs: true } } } } });
  });

  it("is no volume with data, and nothing that is not declared before it has stood so for a while", async () => {
    const engine = await applied("data");
    const early = await decided(engine, "fewer", { removalsFrom: NOW + 300 });
    expect(going(early)).toEqual([]);
    expect(early.dueAt).toBe(NOW + 300);
    const late = await decided(engine, "fewer");
    expect(going(late)).toEqual(["delete container:sandbox.a.0"]);
    expect(late.held.get("volume:volume.cache")).toMatchObject({ why: "destroys" });
  });

  it("is nothing that is under way, and nothing that stands on it", async () => {
    const engine = anEngine();
    const decision = await decided(engine, "plain", { busy: new Set(["container:sandbox.a.0"] as const) });
    expect(going(decision)).toEqual(["create container:sandbox.b.0"]);
    const on = await decided(await applied("one"), "one", { busy: new Set(["container:gateway"] as const) });
    expect(going(on)).toEqual([]);
    const engineOne = await applied("one");
    engineOne.alter("coop.demo.sandbox.a.0", () => ({ phase: { kind: "paused" } }));
    const waits = await decided(engineOne, "one", { busy: new Set(["container:gateway"] as const) });
    expect(kindOf(waits, "container:sandbox.a.0")).toBe("wait");
  });

  it("is what was let through before and is gone, but not what nobody remembers", async () => {
    const engine = await applied("one");
    const { consented } = await decided(engine, "one");
    const gone = [...engine.containers.values()].find((each) => each.name === "coop.demo.sandbox.a.0");
    engine.containers.delete(gone?.handle ?? "");
    engine.rules.clear();
    expect(going(await decided(engine, "one", { consented }))).toEqual([
      "create container:sandbox.a.0",
      "create policy:rules",
    ]);
    const forgotten = await decided(engine, "one");
    expect(forgotten.heldReach).toHaveLength(1);
    expect(kindOf(forgotten, "container:sandbox.a.0")).toBe("held");
  });

  it("is to be asked for anew when the file had given it up", async () => {
    const engine = await applied("one");
    const without = await decided(engine, "plain", { consented: (await decided(engine, "one")).consented });
    expect(without.consented.rules).toBeNull();
    await applyAll(engine, named("plain"));
    expect((await decided(engine, "one", { consented: without.consented })).heldReach).toHaveLength(1);
  });
});

describe("what stands open", () => {
  it("is stopped where nothing that goes would close it", async () => {
    const engine = await applied("plain");
    engine.alter("coop.demo.sandbox.a.0", () => ({ networks: ["bridge"] }));
    const heals = await decided(engine, "plain");
    expect([going(heals), heals.stop]).toEqual([["replace container:sandbox.a.0"], []]);
    const pausing = new Map([
      [
        "container:sandbox.a.0" as const,
        {
          standing: { kind: "failed", reason: "ENGINE_REFUSED", error: null } as const,
          since: 1,
          desired: named("plain").graph.resources.find((each) => each.id === "container:sandbox.a.0")?.digest ?? null,
          failures: 3,
          notBefore: NOW + 1000,
          healedAt: NOW,
          heals: [],
        },
      ],
    ]);
    const waits = await decided(engine, "plain", { objects: pausing });
    expect(waits.stop.map((each) => each.id)).toEqual(["container:sandbox.a.0"]);
  });
});

describe("a budget of time", () => {
  const spent = async (madeAt: number, phase: "running" | "exited"): Promise<Decision<ContainerObject>> => {
    const engine = await applied("plain");
    if (phase === "exited")
      engine.alter("coop.demo.sandbox.a.0", () => ({ phase: { kind: "exited", code: 143, outOfMemory: false } }));
    const file = named("plain");
    const snapshot = await new MemoryBackend(engine, "demo").observe(file.graph, new AbortController().signal);
    const created = new Date(madeAt).toISOString();
    const observed = snapshot.observed.map((each) => ({ ...each, created }));
    const budgets = new Map([["container:sandbox.a.0" as const, 5000]]);
    return decide({ ...file, budgets }, { ...snapshot, observed }, CALM);
  };

  it("is over so long after a sandbox was made, and says when that will be", async () => {
    const early = await spent(NOW - 4000, "running");
    expect([early.spend, early.dueAt]).toEqual([[], NOW + 1000]);
    const late = await spent(NOW - 5000, "running");
    expect(late.spend.map((each) => each.id)).toEqual(["container:sandbox.a.0"]);
  });

  it("keeps what has ended from being begun again", async () => {
    const over = await spent(NOW - 60_000, "exited");
    expect([going(over), over.spend]).toEqual([[], []]);
    expect(over.verdicts.get("container:sandbox.a.0")).toMatchObject({ kind: "halt", reason: "BudgetSpent" });
    expect(going(await spent(NOW - 1000, "exited"))).toEqual(["update container:sandbox.a.0"]);
  });
});
