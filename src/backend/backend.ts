import type { Checked } from "../diagnostics/diagnostic.ts";
import type { Resource, ResourceGraph, Scope } from "../graph/resource.ts";
import type { Observed, Snapshot } from "../graph/snapshot.ts";
import type { Capabilities } from "../model/capabilities.ts";
import type { EffectiveChange } from "../plan/change.ts";
import type { PlanRules } from "../plan/rules.ts";

/** What one target can do for the pipeline. `Source` is all that its compiler reads: the model and the resolved inputs. */
export interface Backend<R extends Resource = Resource, Source = unknown> {
  readonly name: string;
  /** Probed when the backend was opened. */
  readonly capabilities: Capabilities;
  readonly rules: PlanRules<R>;
  /** Pure; lives in compilers/. */
  compile(source: Source): Checked<ResourceGraph<R>>;
  /** One reading of everything in the graph's scope. Changes nothing. */
  observe(graph: ResourceGraph<R>, signal: AbortSignal): Promise<Snapshot<R>>;
  /** Does one change. Repeating what already happened succeeds. Rejects with a CoopError. */
  apply(change: EffectiveChange<R>, report: (step: string) => void, signal: AbortSignal): Promise<void>;
  /** Waits until an object that is there is also ready. Rejects with a CoopError when it does not become so. */
  ready(desired: R, observed: Observed<R>, signal: AbortSignal): Promise<void>;
  /** Stops what runs in an object, after so long a grace, and leaves the object. What has stopped already stays so. */
  stop(observed: Observed<R>, graceSeconds: number): Promise<void>;
  /** Yields whenever the scope may have changed. A hint, never a fact: observe again. */
  watch(scope: Scope, signal: AbortSignal): AsyncIterable<WatchHint>;
  close(): Promise<void>;
}

/** Why a backend thinks that it is worth looking again. */
export interface WatchHint {
  readonly kind: "object" | "resubscribed";
  /** What the hint is about, for the log. */
  readonly what: string;
}
