import { expect, it } from "vitest";
import type { ResourceId } from "../../src/graph/resource.ts";
import type { Observed } from "../../src/graph/snapshot.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Plan, PlanOptions } from "../../src/plan/plan.ts";
import { aThing, graphOf, made, THING_RULES, worldOf } from "./things.ts";
import type { Thing } from "./things.ts";

const edgesOf = ({ changes }: Plan<Thing>): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(changes.map((each) => [each.id, each.after]));

it("removes what is used behind those that use it, and only those", () => {
  const using = (id: ResourceId, ...uses: readonly string[]): Observed<Thing> => made(aThing(id), { live: { uses } });
  const world = worldOf(
    using("box:one", "base:net"),
    using("box:two", "base:other"),
    made(aThing("base:net")),
    made(aThing("base:other")),
  );
  expect(
    edgesOf(
      plan(
        graphOf(),
        worldOf(...world.observed.map((each) => ({ ...each, name: each.id.slice(each.id.indexOf(":") + 1) }))),
        THING_RULES,
      ),
    ),
  ).toEqual({
    "box:one": [],
    "box:two": [],
    "base:net": ["box:one"],
    "base:other": ["box:two"],
  });
});

it("removes what a replaced one used behind its replacement", () => {
  const box = aThing("box:a", { colour: "blue" });
  const world = worldOf(
    made(aThing("box:a"), { live: { colour: "red", uses: ["base:old"] } }),
    made(aThing("base:old"), { name: "old" }),
  );
  expect(edgesOf(plan(graphOf(box), world, THING_RULES))).toEqual({ "box:a": [], "base:old": ["box:a"] });
});

/** A fleet of boxes, each on a base of its own, all of them to be replaced. */
function rolled(size: number, maxUnavailable: number, down: readonly number[] = []): Plan<Thing> {
  const members = Array.from(
    { length: size },
    (_, at) => [aThing(`base:${at}`), aThing(`box:${at}`, {}, [`base:${at}`])] as const,
  );
  const phase = (at: number): Observed["phase"] =>
    down.includes(at) ? { kind: "exited", code: 1, outOfMemory: false } : { kind: "running", ready: true };
  const world = worldOf(
    ...members.flatMap((unit, at) => unit.map((each) => made(each, { digest: "sha256:older", phase: phase(at) }))),
  );
  const options: PlanOptions = {
    groupings: [{ units: members.map((unit) => unit.map((each) => each.id)), maxUnavailable }],
  };
  return plan(graphOf(...members.flat()), world, THING_RULES, options);
}

it("rolls a fleet a few at a time, each member with all that it stands on", () => {
  expect(edgesOf(rolled(4, 2))).toEqual({
    "base:0": [],
    "base:1": [],
    "base:2": ["base:0", "box:0"],
    "base:3": ["base:1", "box:1"],
    "box:0": ["base:0"],
    "box:1": ["base:1"],
    "box:2": ["base:0", "base:2", "box:0"],
    "box:3": ["base:1", "base:3", "box:1"],
  });
});

it("begins with members that are down already", () => {
  const edges = edgesOf(rolled(3, 1, [2]));
  expect(edges["box:2"]).toEqual(["base:2"]);
  expect(edges["base:0"]).toEqual(["base:2", "box:2"]);
  expect(edges["base:1"]).toEqual(["base:0", "box:0"]);
});
