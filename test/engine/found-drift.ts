import { CONTAINER_PLAN_RULES } from "../../compilers/container/plan-rules.ts";
import type { Comparison } from "../../src/cli/world.ts";
import { coloursFor } from "../../src/render/colours.ts";
import { planSummary } from "../../src/render/plan-summary.ts";
import { planText } from "../../src/render/plan-text.ts";

/** What a plan says of one object. */
export interface Found {
  readonly action: string;
  readonly destructive: boolean;
  readonly reason: string;
  readonly pointers: readonly string[];
}

export function foundIn({ plan }: Comparison, id: string): Found | null {
  const change = plan.changes.find((each) => each.id === id);
  if (change === undefined || change.action === "keep") return null;
  const { action, destructive, reason } = change;
  return {
    action,
    destructive,
    reason: reason.kind,
    pointers: "fields" in reason ? reason.fields.map((each) => each.pointer) : [],
  };
}

/** Whether the plan that people read lists the object as drift, apart from what the file asks for. */
export function saidAsDrift({ plan, reach }: Comparison, id: string): boolean {
  const text = planText(planSummary(plan, CONTAINER_PLAN_RULES, reach), coloursFor(false));
  const drift = text.split(/^ {2}(?=\S)/m).find((section) => section.startsWith("Drift")) ?? "";
  return drift.includes(` ${id} `);
}
