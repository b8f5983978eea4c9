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
  // By id, so that the order in which the world was read decides nothing.
  for (const each of changes.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    if (each.action !== "delete" && each.action !== "replace") continue;
    for (const used of usesOf(each.observed).toSorted()) {
      const gone = going.get(used);
      // Two that use each other have no right order: the first found goes first, and removing both succeeds either way.
      if (gone !== undefined && !waitsFor(each.id, gone, after)) edge(gone, each.id);
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
    // A turn that goes against what members need of each other is left out: the need counts, the turn is a courtesy.
    const tangled = dependOnEachOther(inTurn, after);
    inTurn.forEach((unit, index) => {
      for (const id of unit) {
        for (const earlier of inTurn[index - maxUnavailable] ?? []) {
          if (!tangled || !waitsFor(earlier, id, after)) edge(id, earlier);
        }
      }
    });
  }
  return changes.map((each) => ({ ...each, after: [...(after.get(each.id) ?? [])].toSorted() }));
}

type Edges = ReadonlyMap<ResourceId, ReadonlySet<ResourceId>>;

/** Whether a member of one unit waits, by whatever way, for a member of another. */
function dependOnEachOther(units: readonly (readonly ResourceId[])[], after: Edges): boolean {
  const unitOf = new Map(units.flatMap((unit, index) => unit.map((id) => [id, index] as const)));
  return [...unitOf].some(([id, unit]) =>
    [...allBefore(id, after)].some((earlier) => unitOf.has(earlier) && unitOf.get(earlier) !== unit),
  );
}

function waitsFor(id: ResourceId, earlier: ResourceId, after: Edges): boolean {
  return allBefore(id, after).has(earlier);
}

/** Everything that an object waits for, directly or not. */
function allBefore(id: ResourceId, after: Edges): ReadonlySet<ResourceId> {
  const found = new Set<ResourceId>();
  const pending = [id];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const earlier of after.get(at) ?? []) {
      if (found.has(earlier)) continue;
      found.add(earlier);
      pending.push(earlier);
    }
  }
  return found;
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
