import type { Resource } from "../graph/resource.ts";
import type { Observed, Phase } from "../graph/snapshot.ts";
import type { Change } from "./change.ts";
import type { ForeignObject } from "./plan.ts";

/**
 * One thing that is true or not of an object, as Kubernetes' users know them. `Ready`: it is as the file says and works ·
 * `Progressing`: it is on its way by itself · `Drifted`: the file is the same, and the world has moved · `Blocked`: a person
 * is needed.
 */
export interface Condition {
  readonly type: "Ready" | "Progressing" | "Drifted" | "Blocked";
  readonly status: boolean;
  /** One word in CamelCase, for programs. */
  readonly reason: string;
  /** Since when the object is in the state that this speaks of, ISO 8601; null where the engine does not tell. */
  readonly since: string | null;
  /** For people; empty where the reason says it all. */
  readonly message: string;
}

/** What must be known besides the change. */
export interface ConditionFacts {
  /** Somebody else's object under its name. */
  readonly foreign: ForeignObject | null;
  /** Whether an end with the exit code 0 is what was asked for. */
  readonly mayComplete: boolean;
}

/** The four conditions of one object, by what the file asks for and what is there. Pure. */
export function conditionsOf<R extends Resource>(change: Change<R>, facts: ConditionFacts): readonly Condition[] {
  const observed = change.action === "create" ? null : change.observed;
  const since = observed?.since ?? null;
  const state = stateOf(change, facts);
  const condition = (type: Condition["type"], status: boolean, reason: string, message: string): Condition => {
    return { type, status, reason, since, message };
  };
  const drift = driftOf(change);
  const blocked = blockedBy(change, facts);
  return [
    condition("Ready", state.ready, state.reason, state.message),
    condition("Progressing", state.progressing, state.progressing ? state.reason : "Still", ""),
    condition("Drifted", drift !== null, drift === null ? "AsLastApplied" : "Drifted", drift ?? ""),
    condition("Blocked", blocked !== null, blocked?.reason ?? "Free", blocked?.message ?? ""),
  ];
}

interface State {
  readonly ready: boolean;
  readonly progressing: boolean;
  readonly reason: string;
  readonly message: string;
}

function stateOf<R extends Resource>(change: Change<R>, { mayComplete }: ConditionFacts): State {
  if (change.action === "create") return notReady("Missing", "it is not there");
  if (change.action === "delete") return notReady("NotDeclared", "the file does not declare it any more");
  const phase = phaseState(change.observed, mayComplete);
  if (change.action === "keep" || !phase.ready) return phase;
  return change.reason.kind === "drifted"
    ? notReady("Drifted", "")
    : notReady("OutOfDate", "the file asks for something else");
}

function notReady(reason: string, message: string): State {
  return { ready: false, progressing: false, reason, message };
}

function phaseState({ phase }: Observed, mayComplete: boolean): State {
  const told: { readonly [Kind in Phase["kind"]]: (its: Extract<Phase, { readonly kind: Kind }>) => State } = {
    running: ({ ready }) =>
      ready
        ? { ready: true, progressing: false, reason: "Running", message: "" }
        : { ready: false, progressing: true, reason: "Starting", message: "it runs and is not ready yet" },
    starting: () => ({ ready: false, progressing: true, reason: "Starting", message: "it runs and is not ready yet" }),
    present: () => ({ ready: true, progressing: false, reason: "Present", message: "" }),
    paused: () => notReady("Paused", "somebody paused it"),
    created: () => notReady("NeverStarted", "it was made and never started"),
    broken: ({ why }) => notReady("Broken", why),
    exited: ({ code, outOfMemory }) => {
      if (outOfMemory) return notReady("OutOfMemory", "it was killed: out of memory");
      if (code === 0 && mayComplete) return { ready: true, progressing: false, reason: "Completed", message: "" };
      return notReady("Exited", `it ended with ${code}`);
    },
  };
  // Each entry of the table takes just the phase of its own kind.
  return (told[phase.kind] as (its: Phase) => State)(phase);
}

function driftOf<R extends Resource>(change: Change<R>): string | null {
  if (change.action === "keep" || change.reason.kind !== "drifted") return null;
  return change.reason.fields.map((each) => each.pointer || "all of it").join(", ");
}

function blockedBy<R extends Resource>(
  change: Change<R>,
  { foreign }: ConditionFacts,
): { readonly reason: string; readonly message: string } | null {
  if (foreign !== null)
    return { reason: "ForeignObject", message: `somebody else's object holds the name ${foreign.name}` };
  if (change.action !== "keep" && change.destructive)
    return { reason: "HoldsData", message: "it holds data or work: it goes only by --delete-data" };
  return null;
}
