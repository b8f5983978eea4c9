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
 * skips what depends on it and nothing else. Decides nothing.
 */
export async function applyPlan<R extends Resource>(
  plan: Plan<R>,
  options: ApplyOptions<R>,
  signal: AbortSignal,
): Promise<ReadonlyMap<ResourceId, Outcome>> {
  const pending = new Map(plan.changes.filter(isEffective).map((each) => [each.id, each]));
  const outcomes = new Map<ResourceId, Outcome>();
  const running = new Set<Promise<void>>();

  const end = (change: EffectiveChange<R>, outcome: Outcome): void => {
    outcomes.set(change.id, outcome);
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

  while (pending.size > 0 || running.size > 0) {
    for (const change of [...pending.values()]) {
      if (signal.aborted) {
        pending.delete(change.id);
        end(change, { kind: "interrupted" });
        continue;
      }
      const blocker = change.after.find((id) => outcomes.has(id) && outcomes.get(id)?.kind !== "done");
      if (blocker !== undefined) {
        pending.delete(change.id);
        end(change, { kind: "skipped", because: blocker });
        continue;
      }
      if (running.size >= options.concurrency || !change.after.every((id) => outcomes.has(id))) continue;
      pending.delete(change.id);
      const task: Promise<void> = run(change).finally(() => running.delete(task));
      running.add(task);
    }
    if (running.size > 0) await Promise.race(running);
    else if (pending.size > 0 && ![...pending.values()].some((each) => each.after.every((id) => outcomes.has(id)))) {
      throw new Error(`the plan's edges have a cycle among ${[...pending.keys()].join(", ")}`);
    }
  }
  return outcomes;
}
