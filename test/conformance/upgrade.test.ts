import { expect, it } from "vitest";
import type { MemoryWorld } from "../../src/backends/memory/memory-world.ts";
import { aMemoryWorld } from "./memory-world.ts";
import { linesOf } from "./pipeline.ts";
import { anAgent, fileOf } from "./suite-files.ts";

const OLD = { "coop.dev/scheme": "0", "coop.dev/digest": "md5:of-another-time" };

/** As if a coop of another scheme had made everything that is there. */
function made(engine: MemoryWorld): void {
  for (const each of engine.containers.values())
    engine.alter(each.name, ({ labels }) => ({ labels: { ...labels, ...OLD } }));
  for (const things of [engine.networks, engine.volumes]) {
    for (const [name, each] of things) things.set(name, { ...each, labels: { ...each.labels, ...OLD } });
  }
}

it("makes nothing anew only because another version of coop wrote its labels otherwise", async () => {
  const world = aMemoryWorld();
  const egress = { rules: [{ name: "one", host: "one.example.com" }] };
  const agents = { a: anAgent({ egress: ["one"] }), b: anAgent() };
  const file = fileOf(world, agents, { egress });
  await world.apply(file);
  made(world.engine);
  const before = await world.look();
  expect(linesOf(await world.plan(file))).toEqual([]);
  await world.apply(file);
  expect(await world.look()).toEqual(before);
  // What the file or the world changes is found all the same.
  const edited = fileOf(world, { ...agents, b: anAgent({ environment: { MODE: "x" } }) }, { egress });
  expect(linesOf(await world.plan(edited))).toEqual(["replace container:sandbox.b.0 changed"]);
  await world.apply(edited);
  expect(linesOf(await world.plan(edited))).toEqual([]);
});
