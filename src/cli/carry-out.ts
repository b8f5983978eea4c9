import type { ContainerObject } from "../../compilers/container/resources.ts";
import type { Outcome } from "../apply/apply-plan.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { systemRefusal } from "../diagnostics/system-refusal.ts";
import type { ResourceId } from "../graph/resource.ts";
import { isEffective } from "../plan/change.ts";
import type { Plan } from "../plan/plan.ts";
import { planSummary } from "../render/plan-summary.ts";
import { carryPlan } from "./carry-plan.ts";
import { failureText, INTERRUPTED } from "./failures.ts";
import { progressFor } from "./progress.ts";
import { EXIT } from "./shell.ts";
import type { ExitCode, Shell } from "./shell.ts";
import { verify } from "./verify.ts";
import type { Comparison, PlannedWorld } from "./world.ts";

export interface CarryOutOptions {
  readonly json: boolean;
  readonly deleteData: boolean;
  readonly parallelism: number;
  /** Brings the work of a workspace to the host before the workspace goes; absent = it goes without. */
  readonly saveWork?: ((volume: string) => Promise<void>) | undefined;
  /** Looks at the world again after images were made; null = the plan makes none. */
  readonly again: (() => Promise<Comparison>) | null;
}

/**
 * Carries a plan out. Images come first, because what runs on them can only be planned exactly when they are there:
 * after them the world is looked at again and the rest follows from that look.
 */
export async function carryOut(
  world: PlannedWorld,
  comparison: Comparison,
  options: CarryOutOptions,
  shell: Shell,
): Promise<ExitCode> {
  const began = performance.now();
  const outcomes = new Map<ResourceId, Outcome>();
  let latest = comparison;
  const imagesFirst = {
    ...comparison.plan,
    changes: comparison.plan.changes.filter((each) => each.id.startsWith("image:")),
  };
  if (imagesFirst.changes.some(isEffective)) {
    await walk(world, imagesFirst, options, shell, outcomes);
    if (options.again !== null && ![...outcomes.values()].some((each) => each.kind === "failed"))
      latest = await options.again();
  }
  await walk(world, latest.plan, options, shell, outcomes);
  await settle(world, latest.plan, shell, outcomes);
  await verify(world, latest, outcomes, shell);
  const unconverged = [...outcomes].filter(([, outcome]) => outcome.kind !== "done");
  if (options.json) {
    const summary = planSummary(comparison.plan, world.backend.rules, comparison.reach);
    const results = Object.fromEntries([...outcomes].map(([id, outcome]) => [id, jsonOutcome(outcome)]));
    shell.out(
      `${JSON.stringify({ version: 1, converged: unconverged.length === 0, plan: summary, results }, null, 2)}\n`,
    );
  }
  if (shell.signal.aborted) {
    shell.err(INTERRUPTED);
    return EXIT.interrupted;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (unconverged.length === 0) {
    shell.err(outcomes.size === 0 ? "Converged: nothing had to change.\n" : `Converged in ${seconds} s.\n`);
    return EXIT.done;
  }
  shell.err(`\nNot converged after ${seconds} s:\n`);
  for (const [id, outcome] of unconverged) shell.err(`  ${id}: ${outcomeText(outcome)}\n`);
  const held = unconverged.every(([, outcome]) => isRefused(outcome) || outcome.kind === "skipped");
  return held ? EXIT.refusedByPolicy : EXIT.failed;
}

async function walk(
  world: PlannedWorld,
  plan: Plan<ContainerObject>,
  options: CarryOutOptions,
  shell: Shell,
  outcomes: Map<ResourceId, Outcome>,
): Promise<void> {
  const progress = progressFor(plan.changes.filter(isEffective).length, shell);
  const results = await carryPlan(world, plan, { ...options, outcomes, onEvent: progress.event }, shell.signal);
  progress.end();
  for (const [id, outcome] of results) outcomes.set(id, outcome);
}

// What nothing had to be done about may still be on its way: converged is what is ready.
async function settle(
  world: PlannedWorld,
  plan: Plan<ContainerObject>,
  shell: Shell,
  outcomes: Map<ResourceId, Outcome>,
): Promise<void> {
  const kept = plan.changes.flatMap((each) =>
    each.action === "keep" && each.observed.phase.kind === "starting" ? [each] : [],
  );
  await Promise.all(
    kept.map(async ({ id, desired, observed }) => {
      const began = performance.now();
      try {
        await world.backend.ready(desired, observed, shell.signal);
      } catch (error) {
        outcomes.set(
          id,
          shell.signal.aborted ? { kind: "interrupted" } : { kind: "failed", error, tookMs: performance.now() - began },
        );
      }
    }),
  );
}

function isRefused(outcome: Outcome): boolean {
  return outcome.kind === "failed" && outcome.error instanceof CoopError && outcome.error.code === "REFUSED_BY_POLICY";
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "done":
      return "done";
    case "failed":
      return failureText(outcome.error);
    case "skipped":
      return `skipped, because ${outcome.because} did not succeed`;
    case "interrupted":
      return "interrupted";
  }
}

function jsonOutcome(outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case "done":
      return { outcome: "done", tookMs: Math.round(outcome.tookMs) };
    case "failed":
      return {
        outcome: "failed",
        code: outcome.error instanceof CoopError ? outcome.error.code : (systemRefusal(outcome.error)?.code ?? null),
        error: failureText(outcome.error),
        tookMs: Math.round(outcome.tookMs),
      };
    case "skipped":
      return { outcome: "skipped", because: outcome.because };
    case "interrupted":
      return { outcome: "interrupted" };
  }
}
