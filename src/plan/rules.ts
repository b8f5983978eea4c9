import type { ResourceId } from "../graph/resource.ts";

/** What the planner must know about one kind of object. */
export interface KindRules {
  /** Pointers (prefixes) that can be changed on the living object; any other difference replaces it. `""` = all. */
  readonly updatable: (id: ResourceId) => readonly string[];
  /** Pointers (prefixes) whose values are never shown. */
  readonly sensitive: readonly string[];
  /** Removing it loses what no file can bring back. */
  readonly holdsData: (id: ResourceId) => boolean;
  /** Whether a plan removes it when the file no longer declares it. Shared objects (images) are left to `coop gc`. */
  readonly prunable: boolean;
  /** Whether those that depend on it must be replaced when it is. */
  readonly replacesDependents: (id: ResourceId) => boolean;
}

/** The table that a compiler exports, so that the planner is written once for every target. */
export interface PlanRules<Kind extends string> {
  readonly kinds: Readonly<Record<Kind, KindRules>>;
  /** What an observed object uses while it is there, as `kind:name`: it goes, or is replaced, before that goes. */
  readonly usesOf: (kind: Kind, live: Readonly<Record<string, unknown>>) => readonly string[];
}
