import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Observed } from "../graph/snapshot.ts";
import type { Change } from "./change.ts";

/** Units (all that one member of a fleet stands on) of which only so many may be replaced at the same time, in this order. */
export interface Grouping {
  readonly units: readonly (readonly ResourceId[])[];
  readonly maxUnavailable: number;
}

/** What an object uses while it is there: `kind:name` of networks, volumes, containers. */
export type UsesOf<R extends Resource> = (observed: Observed<R>) => readonly string[];

/**
 * Adds the `after` edges: what depends on something waits for it; what goes waits for those that use it to go or to be
 * replaced; units of a group go a few at a time.
 */
export function orderChanges<R extends Resource>(
  changes: readonly Change<R>[],
  groupings: readonly Grouping[],
  usesOf: UsesOf<R>,
): readonly Change<R>[] {
  const acting = new Map(changes.filter((each) => each.action !== "keep").map((each) => [each.id, each]));
  const after = new Map<ResourceId, Set<ResourceId>>();
  const edge = (id: ResourceId, earlier: ResourceId): void => {
    if (id === earlier || !acting.has(id) || !acting.has(earlier)) return;
    const edges = after.get(id) ?? new Set();
    edges.add(earlier);
    after.set(id, edges);
  };

  const going = new Map<string, ResourceId>();
  for (const each of changes) {
    if (each.action === "delete") going.set(`${each.observed.kind}:${each.observed.name}`, each.id);
    else for (const dependency of each.desired.dependsOn) edge(each.id, dependency);
  }
  for (const each of changes) {
    if (each.action !== "delete" && each.action !== "replace") continue;
    for (const used of usesOf(each.observed)) {
      const gone = going.get(used);
      if (gone !== undefined) edge(gone, each.id);
    }
  }
  for (const { units, maxUnavailable } of groupings) {
    const replaced = units
      .map((unit) => unit.filter((id) => acting.get(id)?.action === "replace"))
      .filter((unit) => unit.length > 0);
    // Those that are down already go first: they cost nothing that is there.
    const inTurn = [
      ...replaced.filter((unit) => !isUp(unit, acting)),
      ...replaced.filter((unit) => isUp(unit, acting)),
    ];
    inTurn.forEach((unit, index) => {
      for (const id of unit) for (const earlier of inTurn[index - maxUnavailable] ?? []) edge(id, earlier);
    });
  }
  return changes.map((each) => ({ ...each, after: [...(after.get(each.id) ?? [])].toSorted() }));
}

function isUp<R extends Resource>(unit: readonly ResourceId[], acting: ReadonlyMap<ResourceId, Change<R>>): boolean {
  return unit.every((id) => {
    const change = acting.get(id);
    return (
      change?.action === "replace" &&
      (change.observed.phase.kind === "running" || change.observed.phase.kind === "starting")
    );
  });
}
