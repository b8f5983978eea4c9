import { describe, expect, it } from "vitest";
import { linesOf } from "./pipeline.ts";
import { anAgent, fileOf, NO_SUCH_PROGRAM, NO_SUCH_USER, running, sandbox } from "./suite-files.ts";
import type { TestWorld } from "./test-world.ts";

/** Objects that are not ours stay as they are, whatever they are called and labelled. */
export function foreignCases(backend: string, aWorld: () => Promise<TestWorld>): void {
  describe(`${backend}: what is not ours`, () => {
    it("never touches somebody else's container under our name, names it, and makes everything else", async () => {
      const world = await aWorld();
      const name = `coop.${world.project}.sandbox.one.0`;
      await world.hand.squat(name);
      const [squatter] = await world.look();
      const file = fileOf(world, { one: anAgent(), two: anAgent() });
      const planned = await world.plan(file);
      expect(planned.plan.foreign).toEqual([{ name, id: "container:sandbox.one.0", blocks: true }]);
      const ended = await world.apply(file);
      expect(ended.exit).toBe(1);
      expect(ended.said).toMatch(/container:sandbox\.one\.0: error FOREIGN_OBJECT/);
      expect(ended.said).toContain(name);
      expect(await world.look()).toContainEqual(squatter);
      expect(await running(world)).toContain("container:sandbox.two.0");
      expect(linesOf(await world.plan(file))).toEqual(["create container:sandbox.one.0 missing"]);
      await world.destroy(file);
      expect(await world.look()).toContainEqual(squatter);
      await world.hand.remove(name);
      expect((await world.apply(file)).exit).toBe(0);
      expect(linesOf(await world.plan(file))).toEqual([]);
    });

    it("never touches somebody else's volume under our name, and skips only what needs it", async () => {
      const world = await aWorld();
      const name = `coop.${world.project}.volume.cache`;
      await world.hand.squatVolume(name);
      const file = fileOf(world, { one: anAgent({ volumes: ["cache:/cache"] }), two: anAgent() });
      expect((await world.plan(file)).plan.foreign).toEqual([{ name, id: "volume:volume.cache", blocks: true }]);
      const ended = await world.apply(file);
      expect(ended.exit).toBe(1);
      expect(ended.said).toMatch(/volume:volume\.cache: error FOREIGN_OBJECT/);
      expect(ended.said).toMatch(/container:sandbox\.one\.0: skipped, because volume:volume\.cache/);
      expect(await world.volumes()).toEqual([]);
      expect(await running(world)).toEqual(["container:sandbox.two.0"]);
    });

    it("never touches somebody else's network under our name, and makes what needs none", async () => {
      const world = await aWorld();
      const name = `coop.${world.project}.gateway`;
      await world.hand.squatNetwork(name);
      const file = fileOf(
        world,
        { one: anAgent({ egress: ["web"] }), two: anAgent() },
        { egress: { rules: [{ name: "web", host: "one.example.com" }] } },
      );
      expect((await world.plan(file)).plan.foreign).toEqual([{ name, id: "network:gateway", blocks: true }]);
      const ended = await world.apply(file);
      expect(ended.exit).toBe(1);
      expect(ended.said).toMatch(/network:gateway: error FOREIGN_OBJECT/);
      expect(ended.said).toMatch(/container:sandbox\.one\.0: skipped/);
      expect(await running(world)).not.toContain("container:gateway");
      expect(await running(world)).not.toContain("container:sandbox.one.0");
      expect(await running(world)).toContain("container:sandbox.two.0");
      await world.destroy(file);
      expect((await world.plan(file)).plan.foreign).toEqual([{ name, id: "network:gateway", blocks: true }]);
    });

    it("does not put its own object under a name that somebody else took meanwhile", async () => {
      const world = await aWorld();
      const file = fileOf(world, { one: anAgent(), two: anAgent() });
      await world.apply(file);
      const ours = `coop.${world.project}.sandbox.one.0`;
      await world.hand.rename(ours, `${world.project}-elsewhere`);
      await world.hand.squat(ours);
      const before = await world.look();
      expect((await world.plan(file)).plan.foreign).toEqual([{ name: ours, id: sandbox("one"), blocks: true }]);
      const ended = await world.apply(file);
      expect(ended).toMatchObject({ exit: 1, said: expect.stringContaining("FOREIGN_OBJECT") });
      expect(await world.look()).toEqual(before);
    });

    it("reports a copy of our labels under another name, and leaves it alone", async () => {
      const world = await aWorld();
      const file = fileOf(world, { one: anAgent() });
      await world.apply(file);
      const copy = `${world.project}-copy`;
      await world.hand.copy(`coop.${world.project}.sandbox.one.0`, copy);
      const before = await world.look();
      const planned = await world.plan(file);
      expect(linesOf(planned)).toEqual([]);
      expect(planned.plan.foreign).toEqual([{ name: copy, id: "container:sandbox.one.0", blocks: false }]);
      expect((await world.apply(file)).exit).toBe(0);
      expect(await world.look()).toEqual(before);
      const edited = fileOf(world, { one: anAgent({ environment: { MODE: "other" } }) });
      expect((await world.apply(edited)).exit).toBe(0);
      expect(await world.look()).toContainEqual(before.find((each) => each.name === copy));
      await world.destroy(edited);
      expect((await world.look()).map((each) => each.name)).toEqual([copy]);
    });

    it("stops only what depends on a failing object, and the ending names it", async () => {
      const world = await aWorld();
      const service = { image: world.baseImage, ports: [8080], entrypoint: ["sleep", "infinity"] };
      const agents = { alone: anAgent(), needs: anAgent({ services: ["broken"] }) };
      const broken = fileOf(world, agents, { services: { broken: { ...service, user: NO_SUCH_USER } } });
      const ended = await world.apply(broken);
      expect(ended.exit).toBe(1);
      expect(ended.said).toMatch(/container:service\.broken: error/);
      expect(ended.said).toMatch(/container:sandbox\.needs\.0: skipped, because container:service\.broken/);
      expect(await running(world)).toContain("container:sandbox.alone.0");
      const mended = fileOf(world, agents, {
        services: { broken: service },
      });
      expect((await world.apply(mended)).exit).toBe(0);
      expect(await running(world)).toContain("container:sandbox.needs.0");
      expect(linesOf(await world.plan(mended))).toEqual([]);
      const standing = await world.look();
      const at = (id: string): number => standing.find((each) => each.id === id)?.started ?? Number.NaN;
      const order = ["container:gateway", "container:service.broken", "container:sandbox.needs.0"];
      expect(order.toSorted((a, b) => at(a) - at(b))).toEqual(order);
      expect(at("container:forwarder.service.broken")).toBeLessThan(at("container:service.broken"));
    });

    it("is not converged when something ends as soon as it runs, and the ending names it", async () => {
      const world = await aWorld();
      const file = fileOf(world, { ends: anAgent({ run: [NO_SUCH_PROGRAM] }), stays: anAgent() });
      const ended = await world.apply(file);
      expect(ended.exit).toBe(1);
      expect(ended.said).toContain("container:sandbox.ends.0: error");
      expect(ended.said).not.toContain("container:sandbox.stays.0: error");
    });
  });
}
