import type { SourceSpan } from "../diagnostics/source-span.ts";
import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Observed } from "../graph/snapshot.ts";
import type { FieldChange } from "./field-changes.ts";

/** Why a change stands in the plan. */
export type Reason =
  | { readonly kind: "missing" }
  /** The file asks for something else than it did. */
  | { readonly kind: "changed"; readonly fields: readonly FieldChange[] }
  /** The file asks for the same, but the world has moved. */
  | { readonly kind: "drifted"; readonly fields: readonly FieldChange[] }
  | { readonly kind: "dependency-replaced"; readonly dependency: ResourceId }
  | { readonly kind: "no-longer-declared" };

interface Common {
  readonly id: ResourceId;
  /** The line that asked for it; null for what no line asks for any more. */
  readonly origin: SourceSpan | null;
  /** Changes that must have succeeded before this one starts. */
  readonly after: readonly ResourceId[];
  /** It loses data or work that nothing can bring back: needs a yes of its own. */
  readonly destructive: boolean;
}

export type Change<R extends Resource = Resource> =
  | (Common & { readonly action: "create"; readonly reason: Reason; readonly desired: R })
  | (Common & {
      readonly action: "update";
      readonly reason: Reason;
      readonly desired: R;
      readonly observed: Observed<R>;
    })
  | (Common & {
      readonly action: "replace";
      readonly reason: Reason;
      readonly desired: R;
      readonly observed: Observed<R>;
    })
  | (Common & { readonly action: "delete"; readonly reason: Reason; readonly observed: Observed<R> })
  | (Common & { readonly action: "keep"; readonly desired: R; readonly observed: Observed<R> });

/** A change that does something. */
export type EffectiveChange<R extends Resource = Resource> = Exclude<Change<R>, { readonly action: "keep" }>;

export function isEffective<R extends Resource>(change: Change<R>): change is EffectiveChange<R> {
  return change.action !== "keep";
}
