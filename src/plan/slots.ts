import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Phase } from "../graph/snapshot.ts";
import type { Change } from "./change.ts";
import type { Plan } from "./plan.ts";

/** Members of which only so many may run at the same time, in the order in which they get their turn. */
export interface Slots {
  readonly members: readonly SlotMember[];
  readonly maxParallel: number;
}

export interface SlotMember {
  readonly id: ResourceId;
  /** Objects that exist for this member alone are made only with it: they end in this, such as `.nightly.3`. */
  readonly suffix: string;
}

/** A plan without the members that must wait for their turn. */
export interface SlottedPlan<R extends Resource> {
  readonly plan: Plan<R>;
  readonly waiting: readonly ResourceId[];
}

/**
 * Holds back what would run beyond a group's limit. What runs keeps its place; what has ended gives it back. `over`: members that
 * are not begun again, and so want no place.
 */
export function holdBack<R extends Resource>(
  plan: Plan<R>,
  groups: readonly Slots[],
  over: ReadonlySet<ResourceId> = new Set(),
): SlottedPlan<R> {
  const byId = new Map(plan.changes.map((each) => [each.id, each]));
  const waiting = groups.flatMap((group) => waitingOf(group, byId, over));
  if (waiting.length === 0) return { plan, waiting: [] };
  const suffixes = waiting.map((each) => each.suffix);
  const changes = plan.changes.filter((each) => {
    return !(starts(each) && suffixes.some((suffix) => each.id.endsWith(suffix)));
  });
  return { plan: { ...plan, changes }, waiting: waiting.map((each) => each.id) };
}

function waitingOf<R extends Resource>(
  group: Slots,
  byId: ReadonlyMap<ResourceId, Change<R>>,
  over: ReadonlySet<ResourceId>,
): readonly SlotMember[] {
  const running = group.members.filter(({ id }) => {
    const change = byId.get(id);
    return change !== undefined && change.action !== "create" && runs(change.observed.phase);
  });
  const wanting = group.members.filter(({ id }) => {
    const change = byId.get(id);
    return change !== undefined && starts(change) && !over.has(id);
  });
  return wanting.slice(Math.max(0, group.maxParallel - running.length));
}

// Also what has ended and is replaced runs again behind it.
function starts<R extends Resource>(change: Change<R>): boolean {
  if (change.action === "create") return true;
  return (change.action === "update" || change.action === "replace") && !runs(change.observed.phase);
}

function runs(phase: Phase): boolean {
  return phase.kind === "running" || phase.kind === "starting" || phase.kind === "paused";
}
