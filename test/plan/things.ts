import { startOf } from "../../src/diagnostics/source-span.ts";
import { digestOf } from "../../src/graph/digest.ts";
import { resource, resourceGraph } from "../../src/graph/resource.ts";
import type { Resource, ResourceGraph, ResourceId } from "../../src/graph/resource.ts";
import type { Observed, Snapshot } from "../../src/graph/snapshot.ts";
import type { Change } from "../../src/plan/change.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { KindRules, PlanRules } from "../../src/plan/rules.ts";

/** Objects of no target: what the planner sees of any. */
export type Thing = Resource<ThingKind, ThingSpec>;
export type ThingKind = "box" | "base" | "data" | "note" | "shared";
export interface ThingSpec {
  readonly size: number;
  readonly colour: string;
}

const PLAIN: KindRules = {
  updatable: () => ["/size"],
  sensitive: [],
  holdsData: () => false,
  prunable: true,
  replacesDependents: () => false,
};

/** A box changes its size in place; what stands on a base goes with it; a note is written anew; shared things stay. */
export const THING_RULES: PlanRules<Thing> = {
  kinds: {
    box: PLAIN,
    base: { ...PLAIN, updatable: () => [], replacesDependents: () => true },
    data: { ...PLAIN, updatable: () => [], holdsData: () => true, replacesDependents: () => true },
    note: { ...PLAIN, updatable: () => [""] },
    shared: { ...PLAIN, prunable: false },
  },
  // In these worlds a live `uses` tells it.
  usesOf: (_kind, live) => (Array.isArray(live["uses"]) ? live["uses"].map(String) : []),
  adaptations: () => [],
};

const SCOPE = { project: "demo", backend: "things" };

export function aThing(id: ResourceId, spec: Partial<ThingSpec> = {}, dependsOn: readonly ResourceId[] = []): Thing {
  const kind = id.slice(0, id.indexOf(":")) as ThingKind; // tests write only these
  return resource({ id, kind, spec: { size: 1, colour: "red", ...spec }, dependsOn, origin: startOf("coop.yaml") });
}

export function graphOf(...things: readonly Thing[]): ResourceGraph<Thing> {
  return resourceGraph(SCOPE, things);
}

/** A thing as it would be found right after it was made. */
export function made(thing: Thing, differences: Partial<Observed<Thing>> = {}): Observed<Thing> {
  return {
    id: thing.id,
    kind: thing.kind,
    handle: `handle of ${thing.id}`,
    name: thing.id,
    ownership: "ours",
    digest: digestOf(thing.spec),
    live: { ...thing.spec },
    phase: { kind: "present" },
    ...differences,
  };
}

export function worldOf(...observed: readonly Observed<Thing>[]): Snapshot<Thing> {
  return { scope: SCOPE, observed, complete: true, gaps: [] };
}

/** What is there when every change has succeeded. */
export function after(snapshot: Snapshot<Thing>, { changes }: Plan<Thing>): Snapshot<Thing> {
  const touched = new Map(changes.map((each) => [each.id, each]));
  const isTouched = (each: Observed<Thing>): boolean => each.ownership === "ours" && touched.has(each.id);
  const results = changes.flatMap((each) => (each.action === "delete" ? [] : [resultOf(each)]));
  return { ...snapshot, observed: [...snapshot.observed.filter((each) => !isTouched(each)), ...results] };
}

function resultOf(change: Exclude<Change<Thing>, { readonly action: "delete" }>): Observed<Thing> {
  return change.action === "keep" ? change.observed : made(change.desired);
}

/** `replace box:a changed`, in the order of ids. */
export function linesOf({ changes }: Plan<Thing>): readonly string[] {
  return changes
    .flatMap((each) => (each.action === "keep" ? [] : [`${each.action} ${each.id} ${each.reason.kind}`]))
    .toSorted();
}
