import type { Resource, ResourceId } from "../graph/resource.ts";
import type { EffectiveChange } from "../plan/change.ts";
import { isEffective } from "../plan/change.ts";
import type { Plan } from "../plan/plan.ts";

/** How one change ended. */
export type Outcome =
  | { readonly kind: "done"; readonly tookMs: number }
  | { readonly kind: "failed"; readonly error: unknown; readonly tookMs: number }
  /** Something that it waits for did not succeed. */
  | { readonly kind: "skipped"; readonly because: ResourceId }
  | { readonly kind: "interrupted" };

/** What happens while a plan is applied, for whoever shows it. */
export type ApplyEvent<R extends Resource = Resource> =
  | { readonly kind: "started"; readonly change: EffectiveChange<R> }
  | { readonly kind: "step"; readonly change: EffectiveChange<R>; readonly step: string }
  | { readonly kind: "ended"; readonly change: EffectiveChange<R>; readonly outcome: Outcome };

export interface ApplyOptions<R extends Resource> {
  /** Does one change; rejects when the world refuses. */
  readonly apply: (change: EffectiveChange<R>, report: (step: string) => void, signal: AbortSignal) => Promise<void>;
  /** How many changes at the same time. */
  readonly concurrency: number;
  readonly onEvent: (event: ApplyEvent<R>) => void;
  /** Milliseconds from a steady origin. */
  readonly now: () => number;
}

/**
 * Walks a plan: each change starts when all that it waits for has succeeded, as many at once as allowed. One failure
 * skips what depends on it and nothing else. Decides nothing. A plan whose edges have a cycle is refused as a whole.
 */
export async function applyPlan<R extends Resource>(
  plan: Plan<R>,
  options: ApplyOptions<R>,
  signal: AbortSignal,
): Promise<ReadonlyMap<ResourceId, Outcome>> {
  const queue = queueOf(plan.changes.filter(isEffective));
  const outcomes = new Map<ResourceId, Outcome>();
  const running = new Set<Promise<void>>();

  const end = (change: EffectiveChange<R>, outcome: Outcome): void => {
    outcomes.set(change.id, outcome);
    queue.settle(change);
    options.onEvent({ kind: "ended", change, outcome });
  };
  const run = async (change: EffectiveChange<R>): Promise<void> => {
    const began = options.now();
    options.onEvent({ kind: "started", change });
    try {
      await options.apply(change, (step) => options.onEvent({ kind: "step", change, step }), signal);
      end(change, { kind: "done", tookMs: options.now() - began });
    } catch (error) {
      end(change, signal.aborted ? { kind: "interrupted" } : { kind: "failed", error, tookMs: options.now() - began });
    }
  };

  while (queue.ready.length > 0 || running.size > 0) {
    while (queue.ready.length > 0 && (signal.aborted || running.size < options.concurrency)) {
      const change = queue.ready.shift();
      if (change === undefined) break;
      const blocker = change.after.find((id) => outcomes.has(id) && outcomes.get(id)?.kind !== "done");
      if (signal.aborted) end(change, { kind: "interrupted" });
      else if (blocker !== undefined) end(change, { kind: "skipped", because: blocker });
      else {
        const task: Promise<void> = run(change).finally(() => running.delete(task));
        running.add(task);
      }
    }
    if (running.size > 0) await Promise.race(running);
  }
  return outcomes;
}

interface Queue<R extends Resource> {
  /** Changes that wait for nothing any more, in the order of the plan. */
  readonly ready: EffectiveChange<R>[];
  /** A change has ended, however: who waited for it alone is ready. */
  settle(change: EffectiveChange<R>): void;
}

function queueOf<R extends Resource>(changes: readonly EffectiveChange<R>[]): Queue<R> {
  const waiters = new Map<ResourceId, EffectiveChange<R>[]>(changes.map((each) => [each.id, []]));
  const missing = new Map<ResourceId, number>();
  for (const each of changes) {
    // What is not in the plan has nothing left to do.
    const earlier = each.after.filter((id) => waiters.has(id));
    missing.set(each.id, earlier.length);
    for (const id of earlier) waiters.get(id)?.push(each);
  }
  refuseCycles(changes, waiters, new Map(missing));
  const ready = changes.filter((each) => missing.get(each.id) === 0);
  return { ready, settle: (change) => void ready.push(...released(change, waiters, missing)) };
}

function released<R extends Resource>(
  change: EffectiveChange<R>,
  waiters: ReadonlyMap<ResourceId, readonly EffectiveChange<R>[]>,
  missing: Map<ResourceId, number>,
): readonly EffectiveChange<R>[] {
  return (waiters.get(change.id) ?? []).filter(({ id }) => {
    const left = (missing.get(id) ?? 0) - 1;
    missing.set(id, left);
    return left === 0;
  });
}

// The planner makes none; a walk that got stuck half-way would leave more behind than a walk that never began.
function refuseCycles<R extends Resource>(
  changes: readonly EffectiveChange<R>[],
  waiters: ReadonlyMap<ResourceId, readonly EffectiveChange<R>[]>,
  missing: Map<ResourceId, number>,
): void {
  const walked = changes.filter((each) => missing.get(each.id) === 0);
  for (const each of walked) walked.push(...released(each, waiters, missing));
  if (walked.length === changes.length) return;
  const done = new Set(walked);
  const stuck = changes.filter((each) => !done.has(each)).map((each) => each.id);
  throw new Error(`the plan's edges have a cycle among ${stuck.join(", ")}`);
}
