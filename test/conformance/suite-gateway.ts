import { describe, expect, it } from "vitest";
import { linesOf } from "./pipeline.ts";
import { anAgent, containers, fileOf, handles, running } from "./suite-files.ts";
import type { FileValue } from "../support/project.ts";
import type { TestWorld } from "./test-world.ts";

/** What agents that may reach something stand on. */
export function gatewayCases(backend: string, aWorld: () => Promise<TestWorld>): void {
  const allowing = (world: TestWorld, hosts: readonly string[]): FileValue =>
    fileOf(
      world,
      { one: anAgent({ egress: hosts.map((_, index) => `rule-${index}`) }) },
      { egress: { rules: hosts.map((host, index) => ({ name: `rule-${index}`, host })) } },
    );

  describe(`${backend}: rules and forwarders`, () => {
    it("swaps rules without touching a container, and says what tightens and what loosens", async () => {
      const world = await aWorld();
      const first = allowing(world, ["one.example.com", "two.example.com"]);
      expect((await world.plan(first)).reach.map((each) => `${each.effect} ${each.text}`)).toEqual([
        "loosens one may reach https://one.example.com:443",
        "loosens one may reach https://two.example.com:443",
      ]);
      expect((await world.apply(first)).exit).toBe(0);
      expect(await running(world)).toEqual([
        "container:forwarder.sandbox.one.0",
        "container:gateway",
        "container:sandbox.one.0",
      ]);
      expect(await world.plan(first)).toMatchObject({ reach: [] });
      const before = await handles(world);
      const second = allowing(world, ["two.example.com", "three.example.com"]);
      const planned = await world.plan(second);
      expect(linesOf(planned)).toEqual(["update policy:rules changed"]);
      expect(planned.reach.map((each) => `${each.effect} ${each.text}`)).toEqual([
        "loosens one may reach https://three.example.com:443",
        "tightens one may no longer reach https://one.example.com:443",
      ]);
      expect((await world.apply(second)).exit).toBe(0);
      expect(await handles(world)).toEqual(before);
      expect(linesOf(await world.plan(second))).toEqual([]);
    });

    it("makes a working pair again of a sandbox whose forwarder died", async () => {
      const world = await aWorld();
      const file = allowing(world, ["one.example.com"]);
      await world.apply(file);
      await world.hand.kill(`coop.${world.project}.forwarder.sandbox.one.0`);
      expect(linesOf(await world.plan(file))).toEqual([
        "replace container:forwarder.sandbox.one.0 drifted",
        "replace container:sandbox.one.0 dependency-replaced",
      ]);
      expect((await world.apply(file)).exit).toBe(0);
      expect(await running(world)).toHaveLength(3);
      expect(linesOf(await world.plan(file))).toEqual([]);
    });

    it("replaces a sandbox that may reach something for the first time, and clears all away when nothing may", async () => {
      const world = await aWorld();
      const closed = fileOf(world, { one: anAgent(), two: anAgent() });
      await world.apply(closed);
      const before = await handles(world);
      const opened = fileOf(
        world,
        { one: anAgent({ egress: ["web"] }), two: anAgent() },
        { egress: { rules: [{ name: "web", host: "one.example.com" }] } },
      );
      expect((await world.apply(opened)).exit).toBe(0);
      expect((await handles(world))["container:sandbox.two.0"]).toBe(before["container:sandbox.two.0"]);
      expect((await world.apply(closed)).exit).toBe(0);
      expect(await containers(world)).toEqual(["container:sandbox.one.0", "container:sandbox.two.0"]);
      expect(await world.volumes()).toEqual([]);
      expect(linesOf(await world.plan(closed))).toEqual([]);
    });
  });
}
