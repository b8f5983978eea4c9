import type { Resource } from "../graph/resource.ts";
import type { Change, EffectiveChange } from "../plan/change.ts";
import type { ConsentRules } from "../plan/consent-rules.ts";
import type { ReachLine } from "../plan/reach.ts";
import { bringsBack } from "./consented.ts";
import type { Consented } from "./consented.ts";
import type { HeldWhy } from "./state.ts";

/** What a person allows for as long as the reconciler runs. */
export interface Allowed {
  readonly loosening: boolean;
  readonly destruction: boolean;
}

export interface Held {
  readonly why: HeldWhy;
  /** What it would do, for whoever must say yes. */
  readonly message: string;
}

/**
 * Why a change does not go by itself; null = it does. Tightening and repair go; what loosens, or loses data or work, waits, and
 * so does what was edited beside reach that waits: it would begin without what it was given.
 */
export function heldBecause<R extends Resource>(
  change: EffectiveChange<R>,
  facts: {
    readonly consent: ConsentRules<R>;
    readonly consented: Consented<R>;
    readonly allowed: Allowed;
    readonly heldReach: readonly ReachLine[];
  },
): Held | null {
  const { consent, consented, allowed, heldReach } = facts;
  if (change.destructive && !allowed.destruction)
    return { why: "destroys", message: `${change.action} it, with the data or work in it` };
  if (allowed.loosening || bringsBack(change, consented)) return null;
  const lines = consent.loosenings(sinceConsented(change, consented));
  const loosens = lines.filter((each) => each.effect === "loosens");
  const tightens = lines.filter((each) => each.effect === "tightens");
  if (loosens.length > 0) {
    const beside = tightens.length === 0 ? "" : `; what it tightens waits with it: ${textsOf(tightens)}`;
    return { why: "loosens", message: `${textsOf(loosens)}${beside}` };
  }
  const subject = consent.subjectOf(change.id);
  const reach = subject === null ? [] : heldReach.filter((each) => each.subject === subject);
  if (reach.length === 0 || tightens.length > 0) return null;
  return { why: "loosens", message: textsOf(reach) };
}

function textsOf(lines: readonly ReachLine[]): string {
  return lines.map((each) => each.text).join(", ");
}

// Against what was let through, not against what is there: another hand may have loosened that, and consents to nothing.
function sinceConsented<R extends Resource>(change: EffectiveChange<R>, { resources }: Consented<R>): Change<R> {
  if (change.action === "delete") return change;
  const { action: _, desired, ...common } = change;
  const before = resources.get(change.id);
  if (before === undefined) return { ...common, action: "create", desired };
  const { id, kind, digest, spec } = before;
  const live = { ...spec };
  const seen = { id, kind, handle: "", name: "", ownership: "ours", digest, live, phase: { kind: "present" } } as const;
  return { ...common, action: "replace", desired, observed: seen };
}
