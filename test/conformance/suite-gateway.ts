import { describe, expect, it } from "vitest";
import { linesOf } from "./pipeline.ts";
import { anAgent, containers, fileOf, handles, running } from "./suite-files.ts";
import type { FileValue } from "../support/project.ts";
import type { Standing, TestWorld } from "./test-world.ts";

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

    it("gives a sandbox whose forwarder died another one, and the sandbox goes on", async () => {
      const world = await aWorld();
      const file = allowing(world, ["one.example.com"]);
      await world.apply(file);
      const before = await world.look();
      const forwarder = `coop.${world.project}.forwarder.sandbox.one.0`;
      for (const end of [world.hand.kill, world.hand.remove, world.hand.stop]) {
        await end(forwarder);
        expect(linesOf(await world.plan(file))).toEqual([
          expect.stringMatching(/^(replace|create) container:forwarder\.sandbox\.one\.0 (drifted|missing)$/),
        ]);
        const ended = await world.apply(file);
        expect(ended.exit, ended.said).toBe(0);
        expect(await running(world)).toHaveLength(3);
        expect(linesOf(await world.plan(file))).toEqual([]);
        // Neither made anew nor restarted.
        const isSandbox = (each: Standing): boolean => each.id === "container:sandbox.one.0";
        expect((await world.look()).find(isSandbox)).toEqual(before.find(isSandbox));
      }
      const rules = allowing(world, ["two.example.com"]);
      expect(linesOf(await world.plan(rules))).toEqual(["update policy:rules changed"]);
      expect((await world.apply(rules)).exit).toBe(0);
      expect(linesOf(await world.plan(rules))).toEqual([]);
    });

    it("makes the pair anew when the sandbox ends, is edited, or drifted as well", async () => {
      const world = await aWorld();
      const file = (mode: string): FileValue =>
        fileOf(
          world,
          { one: anAgent({ egress: ["web"], environment: { MODE: mode } }) },
          { egress: { rules: [{ name: "web", host: "one.example.com" }] } },
        );
      const [forwarder, one] = ["forwarder.sandbox.one.0", "sandbox.one.0"].map(
        (each) => `coop.${world.project}.${each}`,
      );
      if (forwarder === undefined || one === undefined) throw new Error("no names");
      const joined = async (mode: string): Promise<void> => {
        await world.hand.kill(forwarder);
        expect((await world.apply(file(mode))).exit).toBe(0);
      };
      const pair = (reason: string): readonly string[] => [
        "replace container:forwarder.sandbox.one.0 drifted",
        `replace container:sandbox.one.0 ${reason}`,
      ];
      await world.apply(file("first"));
      await joined("first");
      await world.hand.kill(one);
      expect(linesOf(await world.plan(file("first")))).toEqual(pair("dependency-replaced"));
      expect((await world.apply(file("first"))).exit).toBe(0);
      expect(linesOf(await world.plan(file("first")))).toEqual([]);

      await joined("first");
      expect(linesOf(await world.plan(file("second")))).toEqual(pair("changed"));
      expect((await world.apply(file("second"))).exit).toBe(0);
      expect(linesOf(await world.plan(file("second")))).toEqual([]);

      await world.hand.kill(forwarder);
      expect(linesOf(await world.plan(file("third")))).toEqual(pair("changed"));
      expect((await world.apply(file("third"))).exit).toBe(0);
      expect(linesOf(await world.plan(file("third")))).toEqual([]);
      expect(await running(world)).toHaveLength(3);
    });

    it("does the same for a service, which goes on with its data open", async () => {
      const world = await aWorld();
      const service = { image: world.baseImage, ports: [8080], entrypoint: ["sleep", "infinity"], user: "1000:1000" };
      const file = fileOf(world, { one: anAgent({ services: ["db"] }) }, { services: { db: service } });
      expect((await world.apply(file)).exit).toBe(0);
      const before = await handles(world);
      await world.hand.kill(`coop.${world.project}.forwarder.service.db`);
      expect(linesOf(await world.plan(file))).toEqual(["replace container:forwarder.service.db drifted"]);
      expect((await world.apply(file)).exit).toBe(0);
      expect(linesOf(await world.plan(file))).toEqual([]);
      const { "container:forwarder.service.db": was, ...others } = before;
      expect(await handles(world)).toMatchObject(others);
      expect((await handles(world))["container:forwarder.service.db"]).not.toBe(was);
    });

    it("does not run again what has ended as it should, whatever happens to its forwarder", async () => {
      const world = await aWorld();
      const once = anAgent({ egress: ["web"], restart: "never" });
      const file = fileOf(world, { one: once }, { egress: { rules: [{ name: "web", host: "one.example.com" }] } });
      const forwarder = `coop.${world.project}.forwarder.sandbox.one.0`;
      await world.apply(file);
      const before = await handles(world);
      await world.hand.kill(forwarder);
      await world.apply(file);
      await world.hand.kill(`coop.${world.project}.sandbox.one.0`);
      expect(linesOf(await world.plan(file))).toEqual([]);
      await world.hand.kill(forwarder);
      expect(linesOf(await world.plan(file))).toEqual(["replace container:forwarder.sandbox.one.0 drifted"]);
      expect((await world.apply(file)).exit).toBe(0);
      expect(linesOf(await world.plan(file))).toEqual([]);
      expect((await handles(world))["container:sandbox.one.0"]).toBe(before["container:sandbox.one.0"]);
      expect(await running(world)).not.toContain("container:sandbox.one.0");
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
