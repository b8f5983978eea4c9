import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aDockerWorld } from "../conformance/engine-world.ts";
import { linesOf } from "../conformance/pipeline.ts";
import { anAgent, fileOf } from "../conformance/suite-files.ts";
import type { TestWorld } from "../conformance/test-world.ts";
import { must } from "../e2e/support/command.ts";
import { inspect } from "../support/by-hand.ts";
import type { FileValue } from "../support/project.ts";
import { engine } from "../support/raw-engine.ts";
import { driftSuite } from "./drift-suite.ts";
import { foundIn } from "./found-drift.ts";

driftSuite("docker", aDockerWorld, () => true);

describe("a container that the engine could not remove", () => {
  let world: TestWorld;
  let file: FileValue;

  beforeAll(async () => {
    world = await aDockerWorld();
    file = fileOf(world, { plain: anAgent() });
    const ended = await world.apply(file);
    expect(ended.exit, ended.said).toBe(0);
  });

  afterAll(() => world.close());

  // A file of it that nobody can unlink: the engine's removal fails half-way, and it calls the container dead.
  it("is found, is named as long as it cannot be removed, and is healed when it can", async () => {
    const { Id, HostnamePath } = await inspect(`coop.${world.project}.sandbox.plain.0`);
    await must(["chattr", "+i", HostnamePath]);
    try {
      await expect(engine("DELETE", `/containers/${Id}?force=1`)).rejects.toThrow();
      expect((await inspect(Id))["State"].Status).toBe("dead");
      const id = "container:sandbox.plain.0";
      expect(foundIn(await world.plan(file), id)).toMatchObject({ reason: "drifted", pointers: ["/state"] });
      expect(await world.apply(file)).toMatchObject({ exit: 1, said: expect.stringContaining(`${id}: error`) });
    } finally {
      await must(["chattr", "-i", HostnamePath]);
    }
    const healed = await world.apply(file);
    expect(healed.exit, healed.said).toBe(0);
    expect(linesOf(await world.plan(file))).toEqual([]);
  });
});
