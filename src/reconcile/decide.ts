import type { ResourceGraph, ResourceId, Resource } from "../graph/resource.ts";
import type { Observed, Snapshot } from "../graph/snapshot.ts";
import type { EffectiveChange } from "../plan/change.ts";
import { isEffective } from "../plan/change.ts";
import type { ConsentRules } from "../plan/consent-rules.ts";
import type { Plan } from "../plan/plan.ts";
import type { ReachLine } from "../plan/reach.ts";
import { restrain } from "../plan/restrain.ts";
import type { SlottedPlan } from "../plan/slots.ts";
import { HEALTHY_MS } from "./backoff.ts";
import type { Consented } from "./consented.ts";
import { heldBecause } from "./hold.ts";
import type { Allowed, Held } from "./hold.ts";
import type { ObjectState } from "./state.ts";
import { substitute } from "./substitute.ts";
import { verdictsOf } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What a file asks for on its target, and how it is compared with what is there. Pure values. */
export interface Desired<R extends Resource> {
  readonly project: string;
  readonly graph: ResourceGraph<R>;
  readonly consent: ConsentRules<R>;
  /** How long a sandbox may run since it was made, in milliseconds, by id. */
  readonly budgets: ReadonlyMap<ResourceId, number>;
  /** The plan of a graph, without those members of fleets that must wait for a free place; those that are `over` want none. */
  readonly planOf: (graph: ResourceGraph<R>, snapshot: Snapshot<R>, over: ReadonlySet<ResourceId>) => SlottedPlan<R>;
}

export interface Circumstances<R extends Resource> {
  readonly objects: ReadonlyMap<ResourceId, ObjectState>;
  readonly consented: Consented<R>;
  readonly allowed: Allowed;
  /** What is being changed at this moment. */
  readonly busy: ReadonlySet<ResourceId>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From when on what the file no longer declares may go: it must have stood so for a while. */
  readonly removalsFrom: number;
  /** Whether what is missing may be made; not while a file that declares none of it waits for a person. */
  readonly creates: boolean;
}

/** All that follows from one look at the world. */
export interface Decision<R extends Resource> {
  /** What is carried out, and nothing else. */
  readonly go: Plan<R>;
  /** By the id of every change of the plan that does something. */
  readonly verdicts: ReadonlyMap<ResourceId, Verdict>;
  /** The whole plan, what is held in the shape in which it was let through. */
  readonly plan: Plan<R>;
  /** Members of fleets that wait for a free place. */
  readonly slots: readonly ResourceId[];
  readonly held: ReadonlyMap<ResourceId, Held>;
  readonly heldReach: readonly ReachLine[];
  /** Sandboxes whose time is over. */
  readonly over: ReadonlySet<ResourceId>;
  /** Those of them that still run: their work is saved, then they are stopped. */
  readonly spend: readonly Observed<R>[];
  /** What must be stopped at once: it stands open, and nothing that goes would close it. */
  readonly stop: readonly Observed<R>[];
  readonly consented: Consented<R>;
  /** When something that waits for time is due; null = nothing does. */
  readonly dueAt: number | null;
}

/** Decides what is done about one look at the world. Pure. */
export function decide<R extends Resource>(
  desired: Desired<R>,
  snapshot: Snapshot<R>,
  given: Circumstances<R>,
): Decision<R> {
  const { consent } = desired;
  const rules = consent.intactRules(snapshot) ?? given.consented.rules;
  const restrained = given.allowed.loosening
    ? { graph: desired.graph, held: [] }
    : restrain(desired.graph, rules, consent);
  const facts = { consent, consented: given.consented, allowed: given.allowed, heldReach: restrained.held };
  const ends = endsOf(desired.budgets, snapshot);
  const over = new Set(ends.flatMap(({ observed, at }) => (at <= given.now ? [observed.id] : [])));
  const asked = desired.planOf(restrained.graph, snapshot, over);
  const held = new Map(
    asked.plan.changes.filter(isEffective).flatMap((change) => {
      const because = heldBecause(change, facts);
      return because === null ? [] : [[change.id, because] as const];
    }),
  );
  const graph =
    held.size === 0 ? restrained.graph : substitute(restrained.graph, new Set(held.keys()), given.consented, consent);
  const { plan: whole, waiting } = graph === restrained.graph ? asked : desired.planOf(graph, snapshot, over);
  const plan = { ...whole, changes: whole.changes.filter((each) => !isInUse(each, consent, given.now)) };
  const verdicts = verdictsOf(plan, { ...given, ...facts, over, heldOf: (change) => heldBecause(change, facts) });
  const goes = (change: Plan<R>["changes"][number]): change is EffectiveChange<R> =>
    isEffective(change) && verdicts.get(change.id)?.kind === "go";
  const due = [
    ...[...verdicts.values()].flatMap((each) => (each.kind === "wait" && each.until !== null ? [each.until] : [])),
    ...ends.flatMap(({ observed, at }) => (at > given.now && runs(observed) ? [at] : [])),
    ...plan.changes.flatMap((each) => recoversAt(each, given)),
  ];
  const stays = (id: ResourceId): boolean =>
    verdicts.get(id)?.kind !== "go" && !given.busy.has(id) && (given.objects.get(id)?.notBefore ?? 0) <= given.now;
  return {
    go: { ...plan, changes: plan.changes.filter(goes) },
    verdicts,
    plan,
    slots: waiting,
    held,
    heldReach: restrained.held,
    over,
    spend: ends.flatMap(({ observed }) =>
      over.has(observed.id) && stays(observed.id) && runs(observed) ? [observed] : [],
    ),
    stop: openOnes(plan, verdicts, consent),
    // What no file asks for any more is asked for anew when one does again.
    consented: { rules: rulesOf(graph, consent), resources: remembered(graph, plan, verdicts, given.consented) },
    dueAt: due.length === 0 ? null : Math.min(...due),
  };
}

function rulesOf<R extends Resource>(graph: ResourceGraph<R>, consent: ConsentRules<R>): Consented<R>["rules"] {
  return graph.resources.map((each) => consent.rulesOf(each)).find((each) => each !== null) ?? null;
}

// What is kept or let go is what was let through last; of the rest it stays what it was, as long as the file names it or it is
// there. What is neither is forgotten: to have it again is a new wish.
function remembered<R extends Resource>(
  graph: ResourceGraph<R>,
  plan: Plan<R>,
  verdicts: ReadonlyMap<ResourceId, Verdict>,
  consented: Consented<R>,
): ReadonlyMap<ResourceId, R> {
  const kept = new Set(plan.changes.flatMap((each) => (each.action === "keep" ? [each.id] : [])));
  const going = plan.changes.flatMap((each) => {
    const before = each.action === "delete" ? consented.resources.get(each.id) : undefined;
    return before === undefined ? [] : [[each.id, before] as const];
  });
  return new Map([
    ...going,
    ...graph.resources.flatMap((each) => {
      if (kept.has(each.id) || verdicts.get(each.id)?.kind === "go") return [[each.id, each] as const];
      const before = consented.resources.get(each.id);
      return before === undefined ? [] : [[each.id, before] as const];
    }),
  ]);
}

function openOnes<R extends Resource>(
  plan: Plan<R>,
  verdicts: ReadonlyMap<ResourceId, Verdict>,
  consent: ConsentRules<R>,
): readonly Observed<R>[] {
  return plan.changes.flatMap((change) => {
    if (!isEffective(change) || change.action === "create") return [];
    const kind = verdicts.get(change.id)?.kind;
    if (kind === "go" || kind === "busy" || !runs(change.observed)) return [];
    return kind === "halt" || consent.isOpen(change.observed) ? [change.observed] : [];
  });
}

function runs({ phase }: Observed): boolean {
  return phase.kind === "running" || phase.kind === "starting";
}

/** When the time of each sandbox with a budget is over, in milliseconds since the epoch. */
function endsOf<R extends Resource>(
  budgets: ReadonlyMap<ResourceId, number>,
  snapshot: Snapshot<R>,
): readonly { readonly observed: Observed<R>; readonly at: number }[] {
  return snapshot.observed.flatMap((observed) => {
    const wallMs = budgets.get(observed.id);
    if (wallMs === undefined || observed.ownership !== "ours" || observed.created === undefined) return [];
    return [{ observed, at: Date.parse(observed.created) + wallMs }];
  });
}

/** So long a command may take with what it makes for a moment. */
const PASSING_MS = 10 * 60_000;

// What runs of it ends by itself; of the rest it is left alone until it was surely left behind.
function isInUse<R extends Resource>(
  change: Plan<R>["changes"][number],
  consent: ConsentRules<R>,
  now: number,
): boolean {
  if (change.action !== "delete" || !consent.isPassing(change.id)) return false;
  const { created } = change.observed;
  return runs(change.observed) || (created !== undefined && now < Date.parse(created) + PASSING_MS);
}

// What failed or ended is believed to run when it has done so for a while.
function recoversAt<R extends Resource>(
  change: Plan<R>["changes"][number],
  { objects, now }: Circumstances<R>,
): readonly number[] {
  const known = objects.get(change.id);
  if (change.action !== "keep" || known === undefined || known.failures === 0) return [];
  const at = (known.healedAt === 0 ? now : known.healedAt) + HEALTHY_MS;
  return at > now ? [at] : [];
}
