import { describe, expect, it, onTestFinished } from "vitest";
import { fleetCases } from "./suite-fleets.ts";
import { foreignCases } from "./suite-foreign.ts";
import { gatewayCases } from "./suite-gateway.ts";
import { linesOf } from "./pipeline.ts";
import { anAgent, containers, fileOf, handles, running, sandbox, windows } from "./suite-files.ts";
import type { TestWorld } from "./test-world.ts";
import { resourceGraph } from "../../src/graph/resource.ts";
import { plan } from "../../src/plan/plan.ts";
import { CONTAINER_PLAN_RULES } from "../../compilers/container/plan-rules.ts";

/** What every backend promises, in words of the world: the same cases for each. */
export function conformance(backend: string, open: () => Promise<TestWorld>): void {
  const aWorld = async (): Promise<TestWorld> => {
    const world = await open();
    onTestFinished(() => world.close());
    return world;
  };

  describe(`${backend}: apply`, () => {
    it("makes what the file asks for, and the next plan is empty and a second apply touches nothing", async () => {
      const world = await aWorld();
      const file = fileOf(world, { one: anAgent({ volumes: ["cache:/cache"] }), two: anAgent() });
      const first = await world.plan(file);
      expect(linesOf(first).filter((each) => !each.includes(" image:"))).toEqual([
        "create container:sandbox.one.0 missing",
        "create container:sandbox.two.0 missing",
        "create volume:volume.cache missing",
      ]);
      expect((await world.apply(file)).exit).toBe(0);
      expect(await running(world)).toEqual(["container:sandbox.one.0", "container:sandbox.two.0"]);
      expect(linesOf(await world.plan(file))).toEqual([]);
      const before = await handles(world);
      const again = await world.apply(file);
      expect(again).toMatchObject({ exit: 0, said: expect.stringContaining("nothing had to change") });
      expect(await handles(world)).toEqual(before);
    });

    it("holds the law for every loosening and every limit that a file may name", async () => {
      const world = await aWorld();
      const unsafe = {
        root: true,
        writableRoot: true,
        privilegeGain: true,
        seccompUnconfined: true,
        capabilities: ["SYS_PTRACE", "CHOWN"],
      };
      const resources = { cpus: 0.25, memory: "64MiB", pids: 32 };
      const file = fileOf(world, { loose: anAgent({ unsafe }), small: anAgent({ resources, restart: "always" }) });
      const ended = await world.apply(file);
      expect(ended.exit, ended.said).toBe(0);
      expect(linesOf(await world.plan(file))).toEqual([]);
    });

    it("replaces only the agent that was edited", async () => {
      const world = await aWorld();
      await world.apply(fileOf(world, { one: anAgent(), two: anAgent() }));
      const before = await handles(world);
      const edited = fileOf(world, { one: anAgent({ environment: { MODE: "other" } }), two: anAgent() });
      const planned = await world.plan(edited);
      expect(linesOf(planned)).toEqual(["replace container:sandbox.one.0 changed"]);
      expect(planned.plan.changes.find((each) => each.action === "replace")).toMatchObject({
        origin: { file: "coop.yaml" },
        reason: { fields: [{ pointer: "/body/Env" }] },
      });
      expect((await world.apply(edited)).exit).toBe(0);
      const after = await handles(world);
      expect(after[sandbox("two")]).toBe(before[sandbox("two")]);
      expect(after[sandbox("one")]).not.toBe(before[sandbox("one")]);
      expect(linesOf(await world.plan(edited))).toEqual([]);
    });

    it("adds an agent, and prunes one that the file no longer declares", async () => {
      const world = await aWorld();
      await world.apply(fileOf(world, { one: anAgent() }));
      const before = await handles(world);
      const more = fileOf(world, { one: anAgent(), two: anAgent() });
      expect(linesOf(await world.plan(more))).toEqual(["create container:sandbox.two.0 missing"]);
      await world.apply(more);
      const fewer = fileOf(world, { two: anAgent() });
      expect(linesOf(await world.plan(fewer))).toEqual(["delete container:sandbox.one.0 no-longer-declared"]);
      expect((await world.apply(fewer)).exit).toBe(0);
      expect(await containers(world)).toEqual(["container:sandbox.two.0"]);
      expect(before[sandbox("two")]).toBeUndefined();
      expect(linesOf(await world.plan(fewer))).toEqual([]);
    });

    it("keeps data without consent and says so, and removes it with consent", async () => {
      const world = await aWorld();
      await world.apply(fileOf(world, { one: anAgent({ volumes: ["cache:/cache"] }) }));
      const without = fileOf(world, { one: anAgent() });
      const planned = await world.plan(without);
      expect(planned.plan.changes.filter((each) => each.destructive).map((each) => each.id)).toEqual([
        "volume:volume.cache",
      ]);
      const kept = await world.apply(without);
      expect(kept.exit).toBe(4);
      expect(kept.said).toContain("volume:volume.cache");
      expect(await world.volumes()).toEqual([`coop.${world.project}.volume.cache`]);
      // The rest of the plan was carried out.
      expect(linesOf(await world.plan(without))).toEqual(["delete volume:volume.cache no-longer-declared"]);
      expect((await world.apply(without, { deleteData: true })).exit).toBe(0);
      expect(await world.volumes()).toEqual([]);
    });

    it("destroys everything but data, and then data when told so", async () => {
      const world = await aWorld();
      const file = fileOf(world, { one: anAgent({ volumes: ["cache:/cache"] }), two: anAgent() });
      await world.apply(file);
      expect((await world.destroy(file)).exit).toBe(0);
      expect(await containers(world)).toEqual([]);
      expect(await world.volumes()).toHaveLength(1);
      expect((await world.destroy(file, { deleteData: true })).exit).toBe(0);
      expect(await world.volumes()).toEqual([]);
    });

    it("does independent changes at the same time", async () => {
      const world = await aWorld();
      const file = fileOf(world, { one: anAgent(), two: anAgent(), three: anAgent() });
      expect((await world.apply(file)).exit).toBe(0);
      const [first, ...others] = await windows(world);
      expect(others.every((each) => each.from < (first?.to ?? 0))).toBe(true);
    });

    it("deletes nothing on an incomplete reading of the world", async () => {
      const world = await aWorld();
      const file = fileOf(world, { one: anAgent() });
      await world.apply(file);
      const { graph, snapshot } = await world.plan(file);
      const nothing = resourceGraph<(typeof graph.resources)[number]>(graph.scope, []);
      const deleted = (complete: boolean): number =>
        plan(nothing, { ...snapshot, complete }, CONTAINER_PLAN_RULES).changes.length;
      expect(deleted(false)).toBe(0);
      expect(deleted(true)).toBeGreaterThan(0);
    });

    it("refuses a stale plan, also one that was made for an empty world", async () => {
      const world = await aWorld();
      const file = fileOf(world, { one: anAgent() });
      const early = (await world.plan(file)).plan.fingerprint;
      await world.apply(file);
      expect(await world.apply(file, { saved: early })).toMatchObject({
        exit: 1,
        said: expect.stringContaining("STALE_PLAN"),
      });
      const edited = fileOf(world, { one: anAgent({ environment: { MODE: "other" } }) });
      const { fingerprint } = (await world.plan(edited)).plan;
      await world.hand.kill(`coop.${world.project}.sandbox.one.0`);
      const before = await handles(world);
      expect((await world.apply(edited, { saved: fingerprint })).said).toContain("STALE_PLAN");
      expect(await handles(world)).toEqual(before);
      expect((await world.apply(edited, { saved: (await world.plan(edited)).plan.fingerprint })).exit).toBe(0);
    });

    it("mends a paused, edited sandbox and a stopped sibling in one go", async () => {
      const world = await aWorld();
      await world.apply(fileOf(world, { one: anAgent(), two: anAgent(), three: anAgent() }));
      await world.hand.pause(`coop.${world.project}.sandbox.one.0`);
      await world.hand.stop(`coop.${world.project}.sandbox.two.0`);
      await world.hand.rename(`coop.${world.project}.sandbox.three.0`, `${world.project}-elsewhere`);
      const before = await handles(world);
      const edited = fileOf(world, {
        one: anAgent({ environment: { MODE: "other" } }),
        two: anAgent(),
        three: anAgent(),
      });
      expect(linesOf(await world.plan(edited))).toEqual([
        "replace container:sandbox.one.0 changed",
        "update container:sandbox.three.0 drifted",
        "update container:sandbox.two.0 drifted",
      ]);
      expect((await world.apply(edited)).exit).toBe(0);
      expect(await running(world)).toEqual([
        "container:sandbox.one.0",
        "container:sandbox.three.0",
        "container:sandbox.two.0",
      ]);
      expect(linesOf(await world.plan(edited))).toEqual([]);
      const after = await handles(world);
      expect([after[sandbox("two")], after[sandbox("three")]]).toEqual([
        before[sandbox("two")],
        before[sandbox("three")],
      ]);
    });
  });

  foreignCases(backend, aWorld);
  fleetCases(backend, aWorld);
  gatewayCases(backend, aWorld);
}
