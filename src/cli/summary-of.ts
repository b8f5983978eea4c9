import { movedTags } from "../../compilers/container/moved-tags.ts";
import { portMappings } from "../../compilers/container/ports.ts";
import { planSummary } from "../render/plan-summary.ts";
import type { PlanSummary } from "../render/plan-summary.ts";
import { liveWarnings } from "./live-warnings.ts";
import type { Shell } from "./shell.ts";
import { viewWarnings } from "./view-warnings.ts";
import type { Comparison, PlannedWorld } from "./world.ts";

/** A plan as it is shown and saved, with all that a person should know before a yes. */
export async function summaryOf(world: PlannedWorld, comparison: Comparison, shell: Shell): Promise<PlanSummary> {
  const warnings = [
    ...liveWarnings(comparison),
    ...taskWarnings(comparison),
    ...budgetWarnings(comparison),
    ...(await viewWarnings(world.project, comparison.plan, shell)),
  ];
  return planSummary(comparison.plan, world.backend.rules, comparison.reach, {
    warnings,
    ports: portMappings(comparison.context),
    moved: movedTags(comparison.plan.changes),
  });
}

// A glob that is mistyped would otherwise look like a fleet that has done its work.
function taskWarnings({ context: { model, inputs } }: Pick<Comparison, "context">): readonly string[] {
  return model.fleets.flatMap(({ name, work }) =>
    work.kind === "tasks" && (inputs.tasks[name] ?? []).length === 0
      ? [`the fleet ${name} has no sandbox: no file matches ${work.glob}`]
      : [],
  );
}

// Apply looks once: who stops at the time is the one who goes on looking.
function budgetWarnings({ context: { model } }: Pick<Comparison, "context">): readonly string[] {
  return model.fleets.flatMap(({ name, budgetWallMs }) =>
    budgetWallMs === null ? [] : [`the budget of the fleet ${name} is kept by \`coop watch\` alone: let it run`],
  );
}
