import type { Policy } from "../gateway/policy.ts";
import type { Resource, ResourceId } from "../graph/resource.ts";
import type { EffectiveChange } from "../plan/change.ts";

/** What a person has let through, as far as this process has seen it: nothing beyond it goes by itself. */
export interface Consented<R extends Resource> {
  /** The rules that were last in force as some coop wrote them, or were last let go. */
  readonly rules: Policy | null;
  /** What was wanted when it was last there, or was last let go. */
  readonly resources: ReadonlyMap<ResourceId, R>;
}

export function nothingConsented<R extends Resource>(): Consented<R> {
  return { rules: null, resources: new Map() };
}

/** Whether a change only brings back what was there before: a person has let that through already. */
export function bringsBack<R extends Resource>(change: EffectiveChange<R>, consented: Consented<R>): boolean {
  if (change.action === "delete") return true;
  const { digest } = change.desired;
  if (change.action !== "create" && change.observed.digest === digest) return true;
  return consented.resources.get(change.id)?.digest === digest;
}
