import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Phase } from "../graph/snapshot.ts";
import type { Change } from "../plan/change.ts";
import { HEALTHY_MS, LOOP } from "./backoff.ts";
import type { Decision } from "./decide.ts";
import { UNKNOWN_OBJECT } from "./state.ts";
import type { ObjectState, Standing } from "./state.ts";
import { SPENT } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** The states of all objects behind a decision: what is gone and not asked for is forgotten. Pure. */
export function standingsOf<R extends Resource>(
  before: ReadonlyMap<ResourceId, ObjectState>,
  decision: Decision<R>,
  now: number,
): ReadonlyMap<ResourceId, ObjectState> {
  const { plan, slots, verdicts, held, over } = decision;
  const after = new Map<ResourceId, ObjectState>();
  for (const change of plan.changes) {
    const known = before.get(change.id) ?? UNKNOWN_OBJECT;
    const desired = change.action === "delete" ? known.desired : change.desired.digest;
    // Another wish is a new beginning.
    const kept = desired === known.desired ? known : { ...UNKNOWN_OBJECT, desired };
    const well = change.action === "keep" && kept.healedAt > 0 && now - kept.healedAt >= HEALTHY_MS;
    // What somebody else has put right recovers from now on.
    const mended =
      change.action === "keep" && kept.failures > 0 && kept.healedAt === 0 ? { ...kept, healedAt: now } : kept;
    const recovered = well ? { ...kept, failures: 0, notBefore: 0, healedAt: 0 } : mended;
    const waiting = held.get(change.id);
    const spent = change.action === "keep" && over.has(change.id);
    const standing: Standing = spent
      ? { kind: "halted", reason: "BudgetSpent", message: SPENT }
      : waiting !== undefined && change.action === "keep"
        ? { kind: "held", ...waiting }
        : standingOf(change, verdicts.get(change.id), recovered);
    after.set(change.id, withStanding(recovered, standing, known, now));
  }
  for (const id of slots) {
    const known = before.get(id) ?? UNKNOWN_OBJECT;
    after.set(
      id,
      withStanding(
        known,
        { kind: "waiting", for: "place", message: "waits for a free place of its fleet" },
        known,
        now,
      ),
    );
  }
  for (const [id, because] of held) {
    const known = before.get(id) ?? UNKNOWN_OBJECT;
    if (!after.has(id)) after.set(id, withStanding(known, { kind: "held", ...because }, known, now));
  }
  return after;
}

/** `since` stays where nothing but the words has changed. */
export function withStanding(state: ObjectState, standing: Standing, known: ObjectState, now: number): ObjectState {
  const same = known.since > 0 && keyOf(known.standing) === keyOf(standing);
  return { ...state, standing, since: same ? known.since : now };
}

function keyOf(standing: Standing): string {
  switch (standing.kind) {
    case "held":
      return `held ${standing.why}`;
    case "ended":
    case "failed":
    case "halted":
      return `${standing.kind} ${standing.reason}`;
    case "fought":
      return `fought ${standing.fight.pointer}`;
    case "ready":
    case "starting":
    case "progressing":
    case "waiting":
    case "foreign":
      return standing.kind;
  }
}

function standingOf<R extends Resource>(change: Change<R>, verdict: Verdict | undefined, known: ObjectState): Standing {
  if (change.action === "keep")
    return change.observed.phase.kind === "starting" ? { kind: "starting" } : { kind: "ready" };
  switch (verdict?.kind) {
    case undefined:
    case "go":
      return { kind: "progressing", action: change.action, step: "" };
    case "busy":
      return known.standing.kind === "progressing"
        ? known.standing
        : { kind: "progressing", action: change.action, step: "" };
    case "held":
      return { kind: "held", why: verdict.why, message: verdict.message };
    case "foreign":
      return { kind: "foreign", message: verdict.message };
    case "fought":
      return { kind: "fought", fight: verdict.fight };
    case "halt":
      return { kind: "halted", reason: verdict.reason, message: verdict.message };
    case "wait":
      return waitingStanding(change, verdict, known);
  }
}

function waitingStanding<R extends Resource>(
  change: Exclude<Change<R>, { readonly action: "keep" }>,
  verdict: Extract<Verdict, { readonly kind: "wait" }>,
  known: ObjectState,
): Standing {
  if (known.standing.kind === "failed" && verdict.until !== null) return known.standing;
  const phase = change.action === "create" ? null : change.observed.phase;
  return phase?.kind === "exited" && verdict.until !== null
    ? { kind: "ended", ...endOf(phase, known.failures) }
    : { kind: "waiting", for: verdict.until === null ? "object" : "time", message: verdict.message };
}

function endOf(
  phase: Extract<Phase, { readonly kind: "exited" }>,
  failures: number,
): Pick<Extract<Standing, { readonly kind: "ended" }>, "reason" | "message"> {
  const how = phase.outOfMemory ? "was killed: out of memory" : `ended with ${phase.code}`;
  if (failures >= LOOP) return { reason: "CrashLoop", message: `${how}, ${failures} times in a row` };
  return { reason: phase.outOfMemory ? "OutOfMemory" : "Exited", message: how };
}
