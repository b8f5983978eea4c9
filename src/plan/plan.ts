import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { digestOf } from "../graph/digest.ts";
import type { Digest } from "../graph/digest.ts";
import type { Resource, ResourceGraph, ResourceId, Scope } from "../graph/resource.ts";
import type { Observed, Phase, Snapshot } from "../graph/snapshot.ts";
import type { Change, Reason } from "./change.ts";
import { topologicalOrder } from "../graph/topological-order.ts";
import { fieldChanges } from "./field-changes.ts";
import type { FieldChange } from "./field-changes.ts";
import { orderChanges } from "./order.ts";
import type { Grouping } from "./order.ts";
import type { Adaptation, KindRules, PlanRules } from "./rules.ts";

/** What apply will do, entirely. Made by `plan`; nothing is decided later. */
export interface Plan<R extends Resource = Resource> {
  readonly scope: Scope;
  readonly changes: readonly Change<R>[];
  /** Objects that stand where ours should, or carry copies of our labels. Never touched. */
  readonly foreign: readonly ForeignObject[];
  readonly diagnostics: readonly Diagnostic[];
  /** Of the desired graph and the observed world; apply refuses a plan whose fingerprint no longer fits. */
  readonly fingerprint: Digest;
}

export interface ForeignObject {
  readonly name: string;
  readonly id: ResourceId;
  /** It holds a name that we need: the resource's change fails, and what depends on it is skipped. */
  readonly blocks: boolean;
}

/** Options that a person gives, not the file. */
export interface PlanOptions {
  /** Groups of resources of which only so many may be down at once. */
  readonly groupings: readonly Grouping[];
  /** Whether the plan must be told from others: who carries it out at once need not pay for that. Default: yes. */
  readonly fingerprinted?: boolean;
}

/** Of a plan that is never compared with another: no saved one fits it. */
const UNTOLD: Digest = "sha256:";

/** Compares what the file asks for with what is there. Pure. */
export function plan<R extends Resource>(
  graph: ResourceGraph<R>,
  snapshot: Snapshot<R>,
  rules: PlanRules<R>,
  options: PlanOptions = { groupings: [] },
): Plan<R> {
  const ours = new Map<ResourceId, Observed<R>>();
  const strangers: Observed<R>[] = [];
  const declared = new Set(graph.resources.map((each) => each.id));
  // By id, so that the order in which the world was read decides nothing.
  for (const each of snapshot.observed.toSorted(byIdAndHandle)) {
    if (each.ownership === "ours") ours.set(each.id, each);
    else strangers.push(each);
  }
  const foreign = strangers.map(({ name, id, ownership }): ForeignObject => {
    // One that stands beside ours under the same name (networks may) is in nobody's way.
    const blocks = ownership === "foreign" && declared.has(id) && ours.get(id)?.name !== name;
    return { name, id, blocks };
  });

  const changes = changesOf(graph, snapshot, ours, rules);
  if (snapshot.complete) {
    for (const observed of [...ours.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      const known = kindRules(rules, observed.kind);
      if (declared.has(observed.id) || !known.prunable) continue;
      const destructive = known.holdsData(observed.id);
      const reason = { kind: "no-longer-declared" } as const;
      changes.push({ action: "delete", id: observed.id, origin: null, after: [], destructive, reason, observed });
    }
  }
  return {
    scope: graph.scope,
    changes: orderChanges(changes, options.groupings, ({ kind, live }) => rules.usesOf(kind, live)),
    foreign: foreign.toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1)),
    diagnostics: [],
    fingerprint: options.fingerprinted === false ? UNTOLD : fingerprint(graph, snapshot),
  };
}

/** Changes of what is declared, dependencies first; adapted where that keeps what is there. */
function changesOf<R extends Resource>(
  graph: ResourceGraph<R>,
  snapshot: Snapshot<R>,
  ours: ReadonlyMap<ResourceId, Observed<R>>,
  rules: PlanRules<R>,
): Change<R>[] {
  let adaptations = rules.adaptations(graph, snapshot);
  for (;;) {
    const changes = compared(adapted(graph, adaptations), ours, rules);
    const kept = new Set(
      changes.flatMap((each) => (each.action === "keep" || each.action === "update" ? each.id : [])),
    );
    const useful = adaptations.filter((each) => kept.has(each.keeps));
    if (useful.length === adaptations.length) return changes;
    adaptations = useful;
  }
}

function adapted<R extends Resource>(graph: ResourceGraph<R>, adaptations: readonly Adaptation<R>[]): ResourceGraph<R> {
  if (adaptations.length === 0) return graph;
  const otherwise = new Map(adaptations.flatMap((each) => each.resources.map((other) => [other.id, other])));
  return { ...graph, resources: graph.resources.map((each) => otherwise.get(each.id) ?? each) };
}

function compared<R extends Resource>(
  graph: ResourceGraph<R>,
  ours: ReadonlyMap<ResourceId, Observed<R>>,
  rules: PlanRules<R>,
): Change<R>[] {
  const replaced = new Map<ResourceId, KindRules>();
  const changes: Change<R>[] = [];
  for (const desired of dependenciesFirst(graph)) {
    const known = kindRules(rules, desired.kind);
    const change = changeOf(desired, ours.get(desired.id), known, replaced);
    if (change.action === "replace" || change.action === "create") replaced.set(desired.id, known);
    changes.push(change);
  }
  return changes;
}

function changeOf<R extends Resource>(
  desired: R,
  observed: Observed<R> | undefined,
  rules: KindRules,
  replaced: ReadonlyMap<ResourceId, KindRules>,
): Change<R> {
  const common = { id: desired.id, origin: desired.origin, after: [], destructive: false };
  if (observed === undefined) return { ...common, action: "create", reason: { kind: "missing" }, desired };
  const replace = (reason: Reason): Change<R> => {
    return { ...common, action: "replace", reason, desired, observed, destructive: rules.holdsData(desired.id) };
  };
  const fields = liveFields(desired, observed);
  const edited = observed.digest !== null && observed.digest !== desired.digest;
  // A label cannot be changed on a living object, so an edit replaces it, unless all of it may be written anew.
  if (edited && !rules.updatable(desired.id, observed.phase).includes("")) return replace({ kind: "changed", fields });
  const dependency = desired.dependsOn.find((id) => replaced.get(id)?.replacesDependents(id, desired.id));
  if (dependency !== undefined) return replace({ kind: "dependency-replaced", dependency });
  if (fields.length === 0 && !edited) return { ...common, action: "keep", desired, observed };
  const reason: Reason = { kind: edited || observed.digest === null ? "changed" : "drifted", fields };
  const updatable = fields.every((field) =>
    rules.updatable(desired.id, observed.phase).some((prefix) => under(field.pointer, prefix)),
  );
  return updatable ? { ...common, action: "update", reason, desired, observed } : replace(reason);
}

// Only what can be read back is compared field by field; the rest is covered by the digest label.
function liveFields<R extends Resource>(desired: R, observed: Observed<R>): readonly FieldChange[] {
  const wanted = Object.fromEntries(Object.entries(desired.spec).filter(([key]) => key in observed.live));
  return fieldChanges(observed.live, wanted);
}

function kindRules<R extends Resource>(rules: PlanRules<R>, kind: R["kind"]): KindRules {
  const found: KindRules | undefined = rules.kinds[kind];
  if (found === undefined) throw new Error(`no plan rules for the kind ${kind}`);
  return found;
}

function under(pointer: string, prefix: string): boolean {
  return pointer === prefix || pointer.startsWith(`${prefix}/`);
}

function dependenciesFirst<R extends Resource>(graph: ResourceGraph<R>): readonly R[] {
  const byId = new Map(graph.resources.map((each) => [each.id, each]));
  const find = (id: ResourceId): R => {
    const found = byId.get(id);
    if (found === undefined) throw new Error(`a resource depends on ${id}, which no resource is`);
    return found;
  };
  return topologicalOrder([...byId.keys()], (id) => find(id).dependsOn).map(find);
}

function fingerprint<R extends Resource>(graph: ResourceGraph<R>, snapshot: Snapshot<R>): Digest {
  return digestOf({
    scope: graph.scope,
    desired: graph.resources.map((each) => [each.id, each.digest]),
    observed: snapshot.observed
      .toSorted(byIdAndHandle)
      .map((each) => [each.id, each.handle, each.digest, each.ownership, phaseKey(each.phase), each.live] as const),
    complete: snapshot.complete,
  });
}

/** Of one id there may be ours, a foreign one and copies; the engine's handle tells them apart. */
function byIdAndHandle(a: Observed, b: Observed): number {
  const [one, other] = [`${a.id} ${a.handle}`, `${b.id} ${b.handle}`];
  return one === other ? 0 : one < other ? -1 : 1;
}

// Readiness comes and goes by itself; a plan does not go stale by it.
function phaseKey(phase: Phase): string {
  return phase.kind === "starting" ? "running" : phase.kind;
}
