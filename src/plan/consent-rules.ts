import type { Policy } from "../gateway/policy.ts";
import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Observed, Snapshot } from "../graph/snapshot.ts";
import type { Change } from "./change.ts";
import type { ReachLine } from "./reach.ts";

/** What must be known about a target's objects to say which changes of a plan need a person. The compiler exports it. */
export interface ConsentRules<R extends Resource> {
  /** Whether an agent works in it. */
  readonly isSandbox: (id: ResourceId) => boolean;
  /** What a change loosens or tightens besides the rules of the gateway. */
  readonly loosenings: (change: Change<R>) => readonly ReachLine[];
  /** The rules that a resource puts into force; null for every other resource. */
  readonly rulesOf: (resource: R) => Policy | null;
  /** The same resource with other rules. */
  readonly withRules: (resource: R, rules: Policy) => R;
  /** The rules in the world, as some coop wrote them; null = none, or another hand was in them since. */
  readonly intactRules: (snapshot: Snapshot<R>) => Policy | null;
  /** Whose reach an object serves, as the rules name subjects; null = nobody's alone. */
  readonly subjectOf: (id: ResourceId) => string | null;
  /** Whether what is there gives an agent a way out that no rules see. */
  readonly isOpen: (observed: Observed<R>) => boolean;
  /** Whether it is what some command of coop's makes for a moment: only what was left behind is in nobody's use. */
  readonly isPassing: (id: ResourceId) => boolean;
  /** Whether a field keeps a sandbox closed: drift of it is never left alone. `pointer` as in FieldChange. */
  readonly guards: (id: ResourceId, pointer: string) => boolean;
}
