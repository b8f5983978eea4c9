import type { ApplyEvent, Outcome } from "../apply/apply-plan.ts";
import type { Resource, ResourceId } from "../graph/resource.ts";
import type { Observed } from "../graph/snapshot.ts";
import type { Plan } from "../plan/plan.ts";
import { pauseMs } from "./backoff.ts";
import { bringsBack, nothingConsented } from "./consented.ts";
import type { Consented } from "./consented.ts";
import { decide } from "./decide.ts";
import type { Decision, Desired } from "./decide.ts";
import { feedHints } from "./feeders.ts";
import { Following } from "./following.ts";
import type { Allowed } from "./hold.ts";
import { afterOutcome } from "./outcomes.ts";
import { phaseOf } from "./phase.ts";
import { standingsOf, withStanding } from "./standings.ts";
import { initialState, UNKNOWN_OBJECT } from "./state.ts";
import type { ObjectState, ProjectState } from "./state.ts";
import { Wakes } from "./wakes.ts";
import type { World } from "./world.ts";

export interface ReconcilerOptions {
  readonly allowed: Allowed;
  /** Everything is looked at again at least so often. */
  readonly resyncMs: number;
  /** So long the same objects must have been declared before others go. */
  readonly settleMs: number;
}

export const RECONCILER: Omit<ReconcilerOptions, "allowed"> = { resyncMs: 60_000, settleMs: 1000 };

/** Keeps one project equal to its file until the signal: one look at a time, while changes go on beside it. */
export class Reconciler<R extends Resource, F, D extends Desired<R>> {
  readonly #world: World<R, F, D>;
  readonly #options: ReconcilerOptions;
  readonly #wakes: Wakes;
  readonly #following: Following<R, F, D>;
  readonly #carrying = new Set<Promise<void>>();
  readonly #busy = new Set<ResourceId>();
  #subscription = new AbortController();
  #state: ProjectState;
  #consented: Consented<R> = nothingConsented();

  constructor(world: World<R, F, D>, options: ReconcilerOptions) {
    this.#world = world;
    this.#options = options;
    this.#wakes = new Wakes(world.clock);
    this.#following = new Following(world, options.allowed.destruction);
    this.#state = initialState(world.clock.now());
  }

  get state(): ProjectState {
    return this.#state;
  }

  /** Looks and acts until the signal; then what is under way ends after its step. */
  async run(signal: AbortSignal): Promise<void> {
    const feeders = [this.#feedEdits(signal), this.#feedHints(signal)];
    this.#wakes.add("begin", true);
    while (!signal.aborted) {
      const woken = await this.#wakes.next(this.#dueAt(), signal);
      if (!signal.aborted) await this.#guarded(() => this.#world.turn(() => this.#turn(woken, signal)));
    }
    await Promise.all(feeders);
  }

  /** One turn: a look, and all that it finds to do now, to its end. */
  async once(signal: AbortSignal): Promise<void> {
    await this.#guarded(() => this.#world.turn(() => this.#turn(["once"], signal)));
  }

  // As long as changes are under way the turn is ours, and what they do not touch is looked after meanwhile.
  async #turn(woken: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#guarded(() => this.#pass(woken, signal));
    while (this.#carrying.size > 0 && !signal.aborted) {
      const again = await this.#wakes.next(this.#dueAt(), signal);
      if (!signal.aborted) await this.#guarded(() => this.#pass(again, signal));
    }
    await Promise.all(this.#carrying);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failures = (this.#state.failure?.failures ?? 0) + 1;
      const since = this.#state.failure?.since ?? this.#now();
      const dueAt = this.#now() + pauseMs(failures, this.#world.random());
      this.#became({ failure: { error, failures, since }, dueAt });
      this.#world.report({ kind: "state", state: this.#state });
    }
  }

  async #pass(woken: readonly string[], signal: AbortSignal): Promise<void> {
    const began = this.#now();
    // What was under way when the look began may have ended before the look did: it is seen half done.
    const busy = new Set(this.#busy);
    const project = this.#following.project;
    const followed = await this.#following.look(signal);
    if (followed === null) {
      this.#became({ file: this.#following.file, failure: null, dueAt: null });
      this.#counted(began, null);
      this.#world.report({ kind: "pass", state: this.#state, woken, going: 0 });
      return;
    }
    const { desired, snapshot, file, creates, since } = followed;
    if (project !== desired.project) this.#subscription.abort();
    const wasThere = this.#consented;
    const now = this.#now();
    const decision = decide(desired, snapshot, {
      objects: this.#state.objects,
      consented: wasThere,
      allowed: this.#options.allowed,
      busy,
      now,
      removalsFrom: since + this.#options.settleMs,
      creates,
    });
    this.#consented = decision.consented;
    this.#became({
      project: desired.project,
      file,
      failure: null,
      objects: standingsOf(this.#state.objects, decision, now),
      heldReach: decision.heldReach,
      dueAt: decision.dueAt,
    });
    this.#counted(began, decision);
    await this.#stop(desired, decision, signal);
    for (const observed of decision.spend) this.#spend(desired, observed, signal);
    if (decision.go.changes.length > 0) this.#begin(desired, decision.go, wasThere, signal);
    this.#world.report({ kind: "pass", state: this.#state, woken, going: decision.go.changes.length });
  }

  async #stop(desired: D, { stop }: Decision<R>, signal: AbortSignal): Promise<void> {
    await Promise.all(
      stop.map(async (observed) => {
        const error: unknown = await this.#world.stop(desired, observed, signal).then(
          () => null,
          (refused: unknown) => refused,
        );
        this.#world.report({ kind: "stopped", id: observed.id, why: "Unsafe", error });
      }),
    );
  }

  // To bring work back takes a while: meanwhile the others are looked after.
  #spend(desired: D, observed: Observed<R>, signal: AbortSignal): void {
    this.#busy.add(observed.id);
    const spent = this.#world.spend(desired, observed, signal).then(
      () => this.#world.report({ kind: "stopped", id: observed.id, why: "BudgetSpent", error: null }),
      (error: unknown) => {
        const known = this.#state.objects.get(observed.id) ?? UNKNOWN_OBJECT;
        const failures = known.failures + 1;
        this.#object(observed.id, {
          ...known,
          failures,
          notBefore: this.#now() + pauseMs(failures, this.#world.random()),
        });
        this.#world.report({ kind: "stopped", id: observed.id, why: "BudgetSpent", error });
      },
    );
    this.#beside(spent, () => this.#busy.delete(observed.id));
  }

  #beside(work: Promise<unknown>, end: () => void): void {
    const task: Promise<void> = work.then(() => {
      end();
      this.#carrying.delete(task);
      this.#wakes.add("what was done", true);
      this.#world.report({ kind: "state", state: this.#state });
    });
    this.#carrying.add(task);
  }

  #begin(desired: D, plan: Plan<R>, wasThere: Consented<R>, signal: AbortSignal): void {
    const mine = new Set(plan.changes.map((each) => each.id));
    for (const id of mine) this.#busy.add(id);
    const onEvent = (event: ApplyEvent<R>): void => {
      if (event.kind === "ended") {
        mine.delete(event.change.id);
        this.#ended(event, wasThere);
      }
      if (event.kind === "step") this.#stepped(event);
      this.#world.report({ kind: "change", event });
    };
    const carried = this.#guarded(async () => void (await this.#world.carry(desired, plan, onEvent, signal)));
    this.#beside(carried, () => {
      for (const id of mine) this.#busy.delete(id);
    });
  }

  #ended({ change, outcome }: Extract<ApplyEvent<R>, { kind: "ended" }>, wasThere: Consented<R>): void {
    this.#busy.delete(change.id);
    const known = this.#state.objects.get(change.id) ?? UNKNOWN_OBJECT;
    const given = { wasThere: bringsBack(change, wasThere), now: this.#now(), random: this.#world.random() };
    this.#object(change.id, afterOutcome(known, change, outcome, given));
    this.#tally(outcome, change.reason.kind === "drifted");
  }

  #stepped({ change, step }: Extract<ApplyEvent<R>, { kind: "step" }>): void {
    const known = this.#state.objects.get(change.id) ?? UNKNOWN_OBJECT;
    const standing = { kind: "progressing", action: change.action, step } as const;
    this.#object(change.id, withStanding(known, standing, known, this.#now()));
  }

  #object(id: ResourceId, object: ObjectState): void {
    this.#became({ objects: new Map([...this.#state.objects, [id, object]]) });
  }

  #tally({ kind }: Outcome, drift: boolean): void {
    const { counters } = this.#state;
    const done = kind === "done" ? 1 : 0;
    this.#became({
      counters: {
        ...counters,
        done: counters.done + done,
        driftHealed: counters.driftHealed + (drift ? done : 0),
        failed: counters.failed + (kind === "failed" ? 1 : 0),
      },
    });
  }

  #counted(began: number, decision: Decision<R> | null): void {
    const { counters } = this.#state;
    const tookMs = this.#now() - began;
    const drifted = decision?.go.changes.filter((each) => each.action !== "keep" && each.reason.kind === "drifted");
    this.#became({
      counters: {
        ...counters,
        passes: counters.passes + 1,
        lastPassMs: tookMs,
        passMsTotal: counters.passMsTotal + tookMs,
        driftFound: counters.driftFound + (drifted?.length ?? 0),
      },
    });
  }

  async #feedEdits(signal: AbortSignal): Promise<void> {
    for await (const what of this.#world.edits(signal)) this.#wakes.add(what, true);
  }

  #feedHints(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#world;
    const tell = (engine: ProjectState["engine"]): void => {
      if (this.#state.engine.kind === engine.kind) return;
      this.#became({ engine });
      this.#world.report({ kind: "state", state: this.#state });
    };
    return feedHints(
      {
        clock,
        random,
        hints: (ending) => this.#hints(ending),
        wake: (what) => this.#wakes.add(what),
        heard: () => tell({ kind: "heard" }),
        lost: (message) => tell({ kind: "lost", message, since: this.#now() }),
      },
      signal,
    );
  }

  // One subscription after the other: another project has other events, and nothing is lost by asking anew.
  async *#hints(
    signal: AbortSignal,
  ): AsyncIterable<{ readonly kind: "object" | "resubscribed"; readonly what: string }> {
    while (!signal.aborted) {
      this.#subscription = new AbortController();
      const until = this.#subscription.signal;
      const { project } = this.#following;
      try {
        if (project === null) await untilAborted(AbortSignal.any([signal, until]));
        else yield* this.#world.hints(project, AbortSignal.any([signal, until]));
      } catch (error) {
        if (!until.aborted) throw error;
      }
      if (!until.aborted) return;
    }
  }

  #dueAt(): number {
    return Math.min(this.#state.dueAt ?? Number.POSITIVE_INFINITY, this.#now() + this.#options.resyncMs);
  }

  #now(): number {
    return this.#world.clock.now();
  }

  #became(news: Partial<ProjectState>): void {
    const next = { ...this.#state, ...news };
    const phase = phaseOf(next);
    this.#state = { ...next, phase, since: phase === this.#state.phase ? next.since : this.#now() };
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
