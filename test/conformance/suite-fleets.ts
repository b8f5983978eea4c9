import { describe, expect, it } from "vitest";
import { linesOf } from "./pipeline.ts";
import { anAgent, containers, fileOf, handles, sandbox } from "./suite-files.ts";
import type { FileValue } from "../support/project.ts";
import type { TestWorld } from "./test-world.ts";

/** Many sandboxes of one agent. */
export function fleetCases(backend: string, aWorld: () => Promise<TestWorld>): void {
  const fleet = (world: TestWorld, replicas: number, agent: FileValue = {}): FileValue =>
    fileOf(
      world,
      { worker: anAgent(agent) },
      { fleets: { crew: { agent: "worker", replicas, update: { maxUnavailable: 2 } } } },
    );

  describe(`${backend}: fleets`, () => {
    it("updates a fleet so that never more are down than the file allows", async () => {
      const world = await aWorld();
      expect((await world.apply(fleet(world, 5))).exit).toBe(0);
      const before = await handles(world);
      const seen: number[] = [];
      const stop = world.watch((standing) =>
        seen.push(standing.filter((each) => each.running && each.id.startsWith("container:sandbox.crew.")).length),
      );
      const ended = await world.apply(fleet(world, 5, { environment: { MODE: "other" } }));
      await stop();
      expect(ended.exit).toBe(0);
      const after = await handles(world);
      expect(Object.keys(after)).toEqual(Object.keys(before));
      expect(Object.values(after).filter((each) => Object.values(before).includes(each))).toEqual([]);
      expect(Math.min(...seen)).toBe(3);
    });

    it("scales down from the top and keeps the others", async () => {
      const world = await aWorld();
      await world.apply(fleet(world, 4));
      const before = await handles(world);
      const planned = await world.plan(fleet(world, 2));
      expect(linesOf(planned)).toEqual([2, 3].map((each) => `delete ${sandbox("crew", each)} no-longer-declared`));
      expect((await world.apply(fleet(world, 2))).exit).toBe(0);
      expect(await containers(world)).toEqual([sandbox("crew", 0), sandbox("crew", 1)]);
      expect((await handles(world))[sandbox("crew", 0)]).toBe(before[sandbox("crew", 0)]);
    });
  });
}
