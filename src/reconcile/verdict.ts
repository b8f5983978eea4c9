import type { Resource, ResourceId } from "../graph/resource.ts";
import type { EffectiveChange } from "../plan/change.ts";
import { isEffective } from "../plan/change.ts";
import type { ConsentRules } from "../plan/consent-rules.ts";
import type { FieldChange } from "../plan/field-changes.ts";
import type { Plan } from "../plan/plan.ts";
import { bringsBack } from "./consented.ts";
import type { Consented } from "./consented.ts";
import { fightOver } from "./fights.ts";
import type { Fight } from "./fights.ts";
import type { Held } from "./hold.ts";
import { UNKNOWN_OBJECT } from "./state.ts";
import type { ObjectState } from "./state.ts";

/** What becomes of one change in this pass. */
export type Verdict =
  | { readonly kind: "go" }
  /** It is under way already. */
  | { readonly kind: "busy" }
  | ({ readonly kind: "held" } & Held)
  | { readonly kind: "foreign"; readonly message: string }
  /** `until`: milliseconds since the epoch; null = until what it waits for has moved. */
  | { readonly kind: "wait"; readonly message: string; readonly until: number | null }
  | { readonly kind: "fought"; readonly fight: Fight }
  | { readonly kind: "halt"; readonly reason: "Unsafe" | "BudgetSpent"; readonly message: string };

/** What is told of a sandbox whose time is over. */
export const SPENT = "its budget is spent: its work is saved, and it is not begun again";

interface Facts<R extends Resource> {
  readonly objects: ReadonlyMap<ResourceId, ObjectState>;
  readonly consent: ConsentRules<R>;
  readonly consented: Consented<R>;
  readonly busy: ReadonlySet<ResourceId>;
  /** Sandboxes whose time is over. */
  readonly over: ReadonlySet<ResourceId>;
  readonly now: number;
  readonly removalsFrom: number;
  readonly creates: boolean;
  readonly heldOf: (change: EffectiveChange<R>) => Held | null;
}

/** The verdict on every change that does something. What stands on one that does not go waits with it. Pure. */
export function verdictsOf<R extends Resource>(plan: Plan<R>, facts: Facts<R>): ReadonlyMap<ResourceId, Verdict> {
  const verdicts = new Map<ResourceId, Verdict>();
  const blocking = new Map<ResourceId, ResourceId>();
  // Edges lead to changes anywhere in the list, so each waits for what it stands on, wherever that is.
  const byId = new Map(plan.changes.filter(isEffective).map((each) => [each.id, each]));
  const judge = (change: EffectiveChange<R>): Verdict => {
    const known = verdicts.get(change.id);
    if (known !== undefined) return known;
    const own = ownVerdict(change, plan, facts);
    verdicts.set(change.id, own);
    if (own.kind !== "go") return own;
    for (const id of change.after) {
      const earlier = byId.get(id);
      if (earlier === undefined) continue;
      const verdict = judge(earlier);
      const blocker = verdict.kind === "go" ? blocking.get(id) : id;
      if (blocker === undefined) continue;
      const waits: Verdict =
        verdict.kind === "held"
          ? { kind: "held", why: "dependency", message: `waits for ${blocker}: ${verdict.message}` }
          : { kind: "wait", message: `waits for ${blocker}`, until: null };
      verdicts.set(change.id, waits);
      return waits;
    }
    // What runs on an image can be compared exactly only when the image is there.
    if (change.id.startsWith("image:")) blocking.set(change.id, change.id);
    return own;
  };
  for (const change of byId.values()) judge(change);
  return verdicts;
}

function ownVerdict<R extends Resource>(change: EffectiveChange<R>, plan: Plan<R>, facts: Facts<R>): Verdict {
  const { busy, now } = facts;
  if (busy.has(change.id)) return { kind: "busy" };
  const stranger = plan.foreign.find((each) => each.blocks && each.id === change.id);
  if (stranger !== undefined)
    return { kind: "foreign", message: `somebody else's object holds the name ${stranger.name}: rename or remove it` };
  const held = facts.heldOf(change);
  if (held !== null) return { kind: "held", ...held };
  const dependency = change.action === "delete" ? undefined : change.desired.dependsOn.find((id) => busy.has(id));
  if (dependency !== undefined) return { kind: "wait", message: `waits for ${dependency}`, until: null };
  if (change.action === "create" && !facts.creates)
    return { kind: "held", why: "destroys", message: "is not made again while the file declares none of it" };
  if (change.action === "delete" && now < facts.removalsFrom)
    return { kind: "wait", message: "goes when it stays undeclared", until: facts.removalsFrom };
  // An edit makes it anew, with all of its time before it.
  if (facts.over.has(change.id) && change.reason.kind !== "changed")
    return { kind: "halt", reason: "BudgetSpent", message: SPENT };
  const known = facts.objects.get(change.id) ?? UNKNOWN_OBJECT;
  const unchanged = change.action === "delete" || known.desired === change.desired.digest;
  if (!unchanged) return { kind: "go" };
  if (known.standing.kind === "halted" && known.standing.reason === "Unsafe")
    return { kind: "halt", reason: "Unsafe", message: known.standing.message };
  const fought = foughtVerdict(change, known, facts);
  if (fought !== null) return fought;
  if (now < known.notBefore) return { kind: "wait", message: "is tried again after a pause", until: known.notBefore };
  return { kind: "go" };
}

function foughtVerdict<R extends Resource>(
  change: EffectiveChange<R>,
  known: ObjectState,
  { consent, consented, now }: Facts<R>,
): Verdict | null {
  const fields = healedFields(change, bringsBack(change, consented));
  const fight = fightOver(known.heals, fields, now);
  if (fight === null) return null;
  if (consent.guards(change.id, fight.pointer))
    return {
      kind: "halt",
      reason: "Unsafe",
      message: `somebody changes ${fight.pointer} again and again (${fight.times} times): it was stopped rather than left open`,
    };
  // What keeps it closed is mended, whoever fights over the rest.
  return fields.some((each) => consent.guards(change.id, each.pointer)) ? null : { kind: "fought", fight };
}

/** The fields that a change puts right, as it is no edit; one that is gone as a whole goes by `""`. */
export function healedFields<R extends Resource>(
  { reason }: EffectiveChange<R>,
  wasThere: boolean,
): readonly FieldChange[] {
  if (reason.kind === "drifted") return reason.fields;
  return reason.kind === "missing" && wasThere ? [{ pointer: "", observed: null, desired: "there" }] : [];
}
