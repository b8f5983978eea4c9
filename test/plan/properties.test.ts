import * as fc from "fast-check";
import { expect, it } from "vitest";
import { applyPlan } from "../../src/apply/apply-plan.ts";
import type { Resource, ResourceGraph, ResourceId } from "../../src/graph/resource.ts";
import type { Observed, Phase, Snapshot } from "../../src/graph/snapshot.ts";
import { plan } from "../../src/plan/plan.ts";
import type { PlanOptions } from "../../src/plan/plan.ts";
import { aThing, after, graphOf, linesOf, made, THING_RULES, worldOf } from "./things.ts";
import type { Thing, ThingKind } from "./things.ts";

const KINDS: readonly ThingKind[] = ["box", "base", "data", "note", "shared"];
const PHASES: readonly Phase[] = [
  { kind: "running", ready: true },
  { kind: "starting" },
  { kind: "paused" },
  { kind: "exited", code: 1, outOfMemory: false },
  { kind: "present" },
];

const spec = fc.record({ size: fc.nat({ max: 2 }), colour: fc.constantFrom("red", "blue") });

/** A graph without cycles: each thing may depend on those before it. */
const graph: fc.Arbitrary<ResourceGraph<Thing>> = fc
  .array(fc.record({ kind: fc.constantFrom(...KINDS), spec, on: fc.array(fc.nat({ max: 9 }), { maxLength: 3 }) }), {
    maxLength: 10,
  })
  .map((rows) => {
    const ids = rows.map(({ kind }, at): ResourceId => `${kind}:${at}`);
    return graphOf(
      ...rows.map((row, at) =>
        aThing(
          ids[at] ?? "box:0",
          row.spec,
          [...new Set(row.on)].flatMap((each) => (each < at ? [ids[each] ?? "box:0"] : [])),
        ),
      ),
    );
  });

const seen: fc.Arbitrary<Observed<Thing>> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    at: fc.nat({ max: 12 }),
    labelled: spec,
    live: spec,
    readable: fc.boolean(),
    ownership: fc.constantFrom("ours", "ours", "ours", "foreign", "copied"),
    phase: fc.constantFrom(...PHASES),
    uses: fc.array(
      fc.nat({ max: 12 }).map((at) => `base:base:${at}`),
      { maxLength: 2 },
    ),
  })
  .map(({ kind, at, labelled, live, readable, ownership, phase, uses }) =>
    made(aThing(`${kind}:${at}`, labelled), {
      live: { ...(readable ? live : {}), uses },
      ownership,
      phase,
      handle: `${kind} ${at} ${ownership}`,
    }),
  );

/** At most one of ours an id, as backends promise. */
const world: fc.Arbitrary<Snapshot<Thing>> = fc
  .uniqueArray(seen, { selector: (each) => `${each.id} ${each.ownership}`, maxLength: 14 })
  .map((observed) =>
    worldOf(...observed.map((each) => ({ ...each, live: each.ownership === "ours" ? each.live : {} }))),
  );

const options: fc.Arbitrary<PlanOptions> = fc
  .record({
    maxUnavailable: fc.integer({ min: 1, max: 3 }),
    units: fc.array(fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat({ max: 9 })), { maxLength: 2 }), {
      maxLength: 6,
    }),
  })
  .map(({ maxUnavailable, units }) => {
    // As fleets are: nothing is in two units, and a unit stands on nothing of another.
    const taken = new Set<string>();
    const own = units.map((unit) =>
      unit.map(([kind, at]): ResourceId => `${kind}:${at}`).filter((id) => !taken.has(id) && taken.add(id)),
    );
    return { groupings: [{ maxUnavailable, units: own }] };
  });

it("leaves nothing to plan once it was carried out", () => {
  fc.assert(
    fc.property(graph, world, (wanted, found) => {
      // `uses` can be read of what is there, and no spec asks for it.
      const clean = { ...found, observed: found.observed.map((each) => ({ ...each, live: withoutUses(each.live) })) };
      const then = after(clean, plan(wanted, clean, THING_RULES));
      expect(linesOf(plan(wanted, then, THING_RULES))).toEqual([]);
    }),
  );
});

it("never has a foreign object in a change, and never one that is there for ever", () => {
  fc.assert(
    fc.property(graph, world, (wanted, found) => {
      const { changes, foreign } = plan(wanted, found, THING_RULES);
      for (const each of changes) if ("observed" in each) expect(each.observed.ownership).toBe("ours");
      expect(foreign).toHaveLength(found.observed.filter((each) => each.ownership !== "ours").length);
      expect(changes.filter((each) => each.action === "delete" && each.observed.kind === "shared")).toEqual([]);
    }),
  );
});

it("has an order that can be walked to its end, each change behind what it needs", async () => {
  await fc.assert(
    fc.asyncProperty(graph, world, async (wanted, found) => {
      const planned = plan(wanted, found, THING_RULES);
      const order: string[] = [];
      const apply = async ({ id }: { readonly id: ResourceId }): Promise<void> => void order.push(id);
      await applyPlan<Resource>(
        planned,
        { apply, concurrency: 3, onEvent: () => undefined, now: () => 0 },
        new AbortController().signal,
      );
      const acting = planned.changes.filter((each) => each.action !== "keep");
      expect(order.toSorted()).toEqual(acting.map((each) => each.id).toSorted());
      for (const each of acting) {
        const needs = each.action === "delete" ? [] : each.desired.dependsOn.filter((id) => order.includes(id));
        for (const id of needs) expect(order.indexOf(id)).toBeLessThan(order.indexOf(each.id));
      }
    }),
  );
});

it("is the same for the same world, in whatever order it was read", () => {
  fc.assert(
    fc.property(graph, world, options, (wanted, found, choices) => {
      const reversed = { ...found, observed: found.observed.toReversed() };
      const [one, other] = [plan(wanted, found, THING_RULES, choices), plan(wanted, reversed, THING_RULES, choices)];
      expect(other.fingerprint).toBe(one.fingerprint);
      expect(other).toEqual(one);
    }),
  );
});

it("plans no deletion on an incomplete reading", () => {
  fc.assert(
    fc.property(graph, world, (wanted, found) => {
      const { changes } = plan(wanted, { ...found, complete: false }, THING_RULES);
      expect(changes.filter((each) => each.action === "delete")).toEqual([]);
    }),
  );
});

function withoutUses({ uses: _, ...live }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return live;
}
