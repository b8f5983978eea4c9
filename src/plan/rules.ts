import type { Resource, ResourceGraph, ResourceId } from "../graph/resource.ts";
import type { Phase, Snapshot } from "../graph/snapshot.ts";

/** What the planner must know about one kind of object. */
export interface KindRules {
  /** Pointers (prefixes) that can be changed on the living object; any other difference replaces it. `""` = all. */
  readonly updatable: (id: ResourceId, phase: Phase) => readonly string[];
  /** Pointers (prefixes) whose values are never shown. */
  readonly sensitive: readonly string[];
  /** Removing it loses what no file can bring back. */
  readonly holdsData: (id: ResourceId) => boolean;
  /** Whether a plan removes it when the file no longer declares it. Shared objects (images) are left to `coop gc`. */
  readonly prunable: boolean;
  /** Whether those that depend on it must be replaced when it is. */
  readonly replacesDependents: (id: ResourceId, dependent: ResourceId) => boolean;
}

/** The table that a compiler exports, so that the planner is written once for every target. */
export interface PlanRules<R extends Resource> {
  readonly kinds: Readonly<Record<R["kind"], KindRules>>;
  /** What an observed object uses while it is there, as `kind:name`: it goes, or is replaced, before that goes. */
  readonly usesOf: (kind: R["kind"], live: Readonly<Record<string, unknown>>) => readonly string[];
  /** Where what is there lets the file be fulfilled in another shape than the compiler's. Pure. */
  readonly adaptations: (graph: ResourceGraph<R>, snapshot: Snapshot<R>) => readonly Adaptation<R>[];
}

/** Another shape of some resources, by which one that is there may stay; of no use when that one is made anew anyway. */
export interface Adaptation<R extends Resource> {
  readonly keeps: ResourceId;
  /** In the place of those with the same ids; their digests stay those of what the file asks for. */
  readonly resources: readonly R[];
}
