import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Change } from "./change.ts";

/** Resources of which at most `maxUnavailable` may be replaced at the same time, in this order. */
export interface Grouping {
  readonly members: readonly ResourceId[];
  readonly maxUnavailable: number;
}

/**
 * Adds the `after` edges: what depends on something waits for it; deletions run against the dependencies and wait for
 * those that replace a user of what goes; members of a group go a few at a time.
 */
export function orderChanges<R extends Resource>(
  changes: readonly Change<R>[],
  groupings: readonly Grouping[],
  removalRank: (id: ResourceId) => number,
): readonly Change<R>[] {
  const acting = new Map(changes.filter((each) => each.action !== "keep").map((each) => [each.id, each]));
  const after = new Map<ResourceId, Set<ResourceId>>();
  const edge = (id: ResourceId, earlier: ResourceId): void => {
    if (id === earlier || !acting.has(id) || !acting.has(earlier)) return;
    const edges = after.get(id) ?? new Set();
    edges.add(earlier);
    after.set(id, edges);
  };

  for (const each of changes) {
    if (each.action === "delete") continue;
    for (const dependency of each.desired.dependsOn) edge(each.id, dependency);
  }
  for (const each of changes) {
    if (each.action === "delete") for (const user of usersOf(each, changes, removalRank)) edge(each.id, user);
  }
  for (const grouping of groupings) {
    const members = grouping.members.filter((id) => acting.get(id)?.action === "replace");
    members.forEach((id, index) => {
      const earlier = members[index - grouping.maxUnavailable];
      if (earlier !== undefined) edge(id, earlier);
    });
  }
  return changes.map((each) => ({ ...each, after: [...(after.get(each.id) ?? [])].toSorted() }));
}

// What uses an object goes before it, and a replaced one may use it until it is replaced.
function usersOf<R extends Resource>(
  gone: Change<R>,
  changes: readonly Change<R>[],
  removalRank: (id: ResourceId) => number,
): readonly ResourceId[] {
  const rank = removalRank(gone.id);
  return changes
    .filter((each) => (each.action === "delete" ? removalRank(each.id) < rank : each.action === "replace" && rank > 0))
    .map((each) => each.id);
}
