import type { Resource, ResourceId, Scope } from "./resource.ts";

/** What a running object is doing. `code` is an exit code, 0..255. */
export type Phase =
  | { readonly kind: "running"; readonly ready: boolean }
  | { readonly kind: "starting" }
  | { readonly kind: "paused" }
  | { readonly kind: "created" }
  | { readonly kind: "exited"; readonly code: number; readonly outOfMemory: boolean }
  | { readonly kind: "broken"; readonly why: string }
  /** For objects that only exist: networks, volumes, images. */
  | { readonly kind: "present" };

/** One object that is there and carries our labels, or stands where ours should stand. */
export interface Observed<R extends Resource = Resource> {
  readonly id: ResourceId;
  readonly kind: R["kind"];
  /** The engine's own immutable id: an action on it never hits a successor. */
  readonly handle: string;
  /** The name that people see. */
  readonly name: string;
  /** `foreign` stands where ours should stand, `copied` carries our labels somewhere else; neither is ever touched. */
  readonly ownership: "ours" | "foreign" | "copied";
  /** The digest label; null where the object cannot carry one. */
  readonly digest: string | null;
  /** Those fields of the spec that can be read back, in the spec's own shape. */
  readonly live: Readonly<Record<string, unknown>>;
  readonly phase: Phase;
  /** Since when it is in this phase, ISO 8601; absent where the engine does not tell. */
  readonly since?: string;
  /** When it was made, ISO 8601; absent where the engine does not tell. */
  readonly created?: string;
  /** The image that it was made from, as it was named then; absent where nothing tells. */
  readonly reference?: string;
}

/** One reading of the world. An incomplete one plans no deletion. */
export interface Snapshot<R extends Resource = Resource> {
  readonly scope: Scope;
  readonly observed: readonly Observed<R>[];
  readonly complete: boolean;
  /** What could not be read and why, in words; empty when complete. */
  readonly gaps: readonly string[];
}
