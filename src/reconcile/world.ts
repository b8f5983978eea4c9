import type { ApplyEvent, Outcome } from "../apply/apply-plan.ts";
import type { WatchHint } from "../backend/backend.ts";
import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Observed, Snapshot } from "../graph/snapshot.ts";
import type { Plan } from "../plan/plan.ts";
import type { Clock } from "../ports/clock.ts";
import type { Desired } from "./decide.ts";
import type { FileReading } from "./follow.ts";
import type { FileProblem, ProjectState } from "./state.ts";

/** All of the world that the reconciler touches, lent by whoever runs it. `F`: a file as it was read; `D`: what it asks for. */
export interface World<R extends Resource, F, D extends Desired<R>> {
  readonly clock: Clock;
  /** 0 ≤ x < 1, for pauses that must not be alike. */
  readonly random: () => number;
  /** What the file says now, once it has stopped moving. Throws for nothing that may be in it. */
  readonly read: () => Promise<FileReading<F>>;
  /** Makes every read that the file's meaning depends on. A file that cannot be had on its target is a problem, not a rejection. */
  readonly desired: (file: F, signal: AbortSignal) => Promise<Wanted<D>>;
  readonly observe: (desired: D, signal: AbortSignal) => Promise<Snapshot<R>>;
  /** Carries out a plan; nothing is decided there. Never rejects for one object. */
  readonly carry: (
    desired: D,
    plan: Plan<R>,
    onEvent: (event: ApplyEvent<R>) => void,
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<ResourceId, Outcome>>;
  /** Saves the work of a sandbox whose time is over, and stops it politely. */
  readonly spend: (desired: D, observed: Observed<R>, signal: AbortSignal) => Promise<void>;
  /** Stops what must not run on; what it holds stays. */
  readonly stop: (desired: D, observed: Observed<R>, signal: AbortSignal) => Promise<void>;
  /** Runs work while nobody else on this machine writes to the project. Rejects when its turn does not come. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** The engine's hints about the project; ends or rejects when the connection is lost. */
  readonly hints: (project: string, signal: AbortSignal) => AsyncIterable<WatchHint>;
  /** Yields when the file, or another that it depends on, may have changed and has stopped moving. */
  readonly edits: (signal: AbortSignal) => AsyncIterable<string>;
  /** Is told of every pass and every step, for whoever looks. */
  readonly report: (news: News<R>) => void;
}

export type Wanted<D> =
  | { readonly ok: true; readonly desired: D }
  | { readonly ok: false; readonly problem: FileProblem };

/** What has just happened. */
export type News<R extends Resource = Resource> =
  | { readonly kind: "pass"; readonly state: ProjectState; readonly woken: readonly string[]; readonly going: number }
  | { readonly kind: "change"; readonly event: ApplyEvent<R> }
  | {
      readonly kind: "stopped";
      readonly id: ResourceId;
      readonly why: "Unsafe" | "BudgetSpent";
      /** Null = it is stopped. */
      readonly error: unknown;
    }
  /** Changes have ended, or the engine was lost or heard again. */
  | { readonly kind: "state"; readonly state: ProjectState };
