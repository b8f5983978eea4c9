import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { ResourceId } from "../graph/resource.ts";
import type { EffectiveChange } from "../plan/change.ts";
import type { ReachLine } from "../plan/reach.ts";
import type { Fight, Heal } from "./fights.ts";

/** What the reconciler knows of one project beyond what the engine can tell: a value, made anew by each step. */
export interface ProjectState {
  /** Whose it is; empty before the first file that could be followed. */
  readonly project: string;
  readonly phase: Phase;
  /** Since when the phase is this one, in milliseconds since the epoch. */
  readonly since: number;
  readonly file: FileState;
  readonly engine: EngineState;
  /** What no pass could do because something failed before any object: `null` = the last pass looked at everything. */
  readonly failure: PassFailure | null;
  readonly objects: ReadonlyMap<ResourceId, ObjectState>;
  /** Reach that waits for a person. */
  readonly heldReach: readonly ReachLine[];
  readonly counters: Counters;
  /** When something must be looked at again at the latest, in milliseconds since the epoch; null = nothing waits for time. */
  readonly dueAt: number | null;
}

/**
 * `converged`: the world is as the file says · `progressing`: changes are under way or come by themselves · `blocked`: a
 * person is needed: the file is wrong, or changes are held · `failed`: what was tried did not succeed and is tried again.
 */
export type Phase = "converged" | "progressing" | "blocked" | "failed";

export type FileState =
  | { readonly kind: "followed" }
  /** The last good file goes on being what is wanted. */
  | { readonly kind: "refused"; readonly problem: FileProblem; readonly since: number }
  /** The file is right, and following it would empty the project: a person must say so. */
  | { readonly kind: "held"; readonly why: "emptied" | "renamed"; readonly message: string; readonly since: number };

/** Why a file cannot be followed. */
export interface FileProblem {
  readonly diagnostics: readonly Diagnostic[];
  /** For problems that are no diagnostic; empty = the diagnostics say it all. */
  readonly message: string;
  /** The text that the diagnostics speak of; null where it cannot be read. */
  readonly text: string | null;
}

export type EngineState =
  | { readonly kind: "heard" }
  | { readonly kind: "lost"; readonly message: string; readonly since: number };

export interface PassFailure {
  readonly error: unknown;
  readonly failures: number;
  readonly since: number;
}

export interface ObjectState {
  readonly standing: Standing;
  /** Since when it stands so, in milliseconds since the epoch. */
  readonly since: number;
  /** The digest of what was wanted when it was last looked at. */
  readonly desired: string | null;
  /** How often it failed, or ended by itself, without having recovered in between. */
  readonly failures: number;
  /** It is not tried again before, in milliseconds since the epoch. */
  readonly notBefore: number;
  /** When it was last put right; 0 = never. */
  readonly healedAt: number;
  readonly heals: readonly Heal[];
}

/** How one object stands towards the file. */
export type Standing =
  | { readonly kind: "ready" }
  /** There, and on its way to be ready. */
  | { readonly kind: "starting" }
  | { readonly kind: "progressing"; readonly action: EffectiveChange["action"]; readonly step: string }
  /** Nothing is wrong with it: it waits for another object, for time, or for its turn in its fleet. */
  | { readonly kind: "waiting"; readonly for: "object" | "time" | "place"; readonly message: string }
  /** A person must let it through. */
  | { readonly kind: "held"; readonly why: HeldWhy; readonly message: string }
  | { readonly kind: "failed"; readonly reason: string; readonly error: unknown }
  /** It ended by itself, and is started again after a pause. */
  | { readonly kind: "ended"; readonly reason: "OutOfMemory" | "Exited" | "CrashLoop"; readonly message: string }
  /** Somebody keeps changing it, and it is left until the file changes. */
  | { readonly kind: "fought"; readonly fight: Fight }
  /** It was stopped, because it could not be kept closed, or has used up its budget. */
  | { readonly kind: "halted"; readonly reason: "Unsafe" | "BudgetSpent"; readonly message: string }
  | { readonly kind: "foreign"; readonly message: string };

/** `dependency`: it stands on something that is held. */
export type HeldWhy = "loosens" | "destroys" | "dependency";

/** Since the reconciler began. */
export interface Counters {
  readonly passes: number;
  readonly lastPassMs: number;
  readonly passMsTotal: number;
  readonly driftFound: number;
  readonly driftHealed: number;
  readonly done: number;
  readonly failed: number;
}

export function initialState(now: number): ProjectState {
  return {
    project: "",
    phase: "progressing",
    since: now,
    file: { kind: "followed" },
    engine: { kind: "heard" },
    failure: null,
    objects: new Map(),
    heldReach: [],
    counters: { passes: 0, lastPassMs: 0, passMsTotal: 0, driftFound: 0, driftHealed: 0, done: 0, failed: 0 },
    dueAt: null,
  };
}

export const UNKNOWN_OBJECT: ObjectState = {
  standing: { kind: "ready" },
  since: 0,
  desired: null,
  failures: 0,
  notBefore: 0,
  healedAt: 0,
  heals: [],
};
