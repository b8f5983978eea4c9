import type { Resource } from "../graph/resource.ts";
import type { Change, Reason } from "../plan/change.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanRules } from "../plan/rules.ts";
import type { ReachLine } from "../plan/reach.ts";
import type { FieldChange } from "../plan/field-changes.ts";

/** The JSON of a plan, schema/plan.v1.schema.json. The text is rendered from it. */
export interface PlanSummary {
  readonly version: 1;
  readonly project: string;
  readonly backend: string;
  readonly fingerprint: string;
  readonly changes: readonly ChangeSummary[];
  readonly reach: readonly ReachLine[];
  readonly foreign: readonly { readonly name: string; readonly id: string; readonly blocks: boolean }[];
  readonly warnings: readonly string[];
  /** Where published ports of sandboxes are on the host's loopback. */
  readonly ports: readonly { readonly sandbox: string; readonly port: number; readonly hostPort: number }[];
  readonly counts: {
    readonly create: number;
    readonly update: number;
    readonly replace: number;
    readonly delete: number;
    readonly unchanged: number;
    readonly drifted: number;
    readonly destructive: number;
    readonly loosens: number;
    readonly tightens: number;
  };
}

export interface ChangeSummary {
  readonly action: Change["action"];
  readonly id: string;
  readonly reason: Reason["kind"];
  /** What was replaced, for `dependency-replaced`. */
  readonly dependency: string | null;
  /** `coop.yaml:12`, null where no line asks for it. */
  readonly origin: string | null;
  readonly destructive: boolean;
  /** A tag that points to another image than when it was made; null = its image was not moved. */
  readonly moved: { readonly tag: string; readonly from: string; readonly to: string } | null;
  readonly fields: readonly {
    readonly pointer: string;
    readonly observed: string | null;
    readonly desired: string | null;
  }[];
}

/** What is told beside the changes themselves. */
export interface ToldBeside {
  readonly warnings: readonly string[];
  readonly ports: PlanSummary["ports"];
  readonly moved: ReadonlyMap<string, ChangeSummary["moved"]>;
}

const MASK = "(sensitive)";
const LONGEST = 200;

/** Reduces a plan to what people and programs read: no handles, no values of sensitive fields. */
export function planSummary<R extends Resource>(
  plan: Plan<R>,
  rules: PlanRules<R>,
  reach: readonly ReachLine[],
  told: Partial<ToldBeside> = {},
): PlanSummary {
  const { warnings = [], ports = [], moved = new Map() } = told;
  const changes = plan.changes.flatMap((change) => {
    const summary = changeSummary(change, rules, moved.get(change.id) ?? null);
    return summary === null ? [] : [summary];
  });
  const count = (action: Change["action"]): number => plan.changes.filter((each) => each.action === action).length;
  return {
    version: 1,
    project: plan.scope.project,
    backend: plan.scope.backend,
    fingerprint: plan.fingerprint,
    changes,
    reach,
    foreign: plan.foreign,
    warnings,
    ports,
    counts: {
      create: count("create"),
      update: count("update"),
      replace: count("replace"),
      delete: count("delete"),
      unchanged: count("keep"),
      drifted: changes.filter((each) => each.reason === "drifted").length,
      destructive: changes.filter((each) => each.destructive).length,
      loosens: reach.filter((each) => each.effect === "loosens").length,
      tightens: reach.filter((each) => each.effect === "tightens").length,
    },
  };
}

function changeSummary<R extends Resource>(
  change: Change<R>,
  rules: PlanRules<R>,
  moved: ChangeSummary["moved"],
): ChangeSummary | null {
  if (change.action === "keep") return null;
  const { reason } = change;
  const kind: R["kind"] = change.action === "delete" ? change.observed.kind : change.desired.kind;
  const fields = reason.kind === "changed" || reason.kind === "drifted" ? reason.fields : [];
  return {
    action: change.action,
    id: change.id,
    reason: reason.kind,
    dependency: reason.kind === "dependency-replaced" ? reason.dependency : null,
    origin: change.origin === null ? null : `${change.origin.file}:${change.origin.start.line}`,
    destructive: change.destructive,
    moved,
    // The rules' own difference is told as reach, not as JSON.
    fields: kind === "policy" ? [] : fields.map((field) => fieldSummary(field, rules.kinds[kind].sensitive)),
  };
}

function fieldSummary(field: FieldChange, sensitive: readonly string[]): ChangeSummary["fields"][number] {
  const hidden = sensitive.some((prefix) => field.pointer.startsWith(prefix));
  const text = (value: unknown): string | null =>
    value === undefined ? null : hidden ? MASK : shortened(JSON.stringify(value));
  return { pointer: field.pointer, observed: text(field.observed), desired: text(field.desired) };
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`;
}
