import type { Clock } from "../ports/clock.ts";

export interface WakeRules {
  /** So long nothing may come for what has come to be acted upon. */
  readonly quietMs: number;
  /** So long it waits at most, however much comes. */
  readonly boundMs: number;
}

export const WAKES: WakeRules = { quietMs: 50, boundMs: 500 };

/** Reasons that a message can still show. */
const MOST_REASONS = 20;

/**
 * Everything that says "look again", as one queue without doubles: however many come while a pass is under way, one pass
 * follows. What comes in bursts is awaited until it is quiet, within a bound.
 */
export class Wakes {
  readonly #clock: Clock;
  readonly #rules: WakeRules;
  readonly #reasons = new Set<string>();
  #first = 0;
  #last = 0;
  #urgent = false;
  #arrived: (() => void) | null = null;

  constructor(clock: Clock, rules: WakeRules = WAKES) {
    this.#clock = clock;
    this.#rules = rules;
  }

  /** `urgent`: nothing more of the kind will come, so nothing is awaited. */
  add(reason: string, urgent = false): void {
    const now = this.#clock.now();
    if (!this.#pending()) this.#first = now;
    this.#last = now;
    this.#urgent ||= urgent;
    if (this.#reasons.size < MOST_REASONS) this.#reasons.add(reason);
    this.#arrived?.();
  }

  /** The reasons for the next pass; `dueAt`: it comes then at the latest (milliseconds since the epoch). Empty at the signal. */
  async next(dueAt: number, signal: AbortSignal): Promise<readonly string[]> {
    while (!signal.aborted) {
      const now = this.#clock.now();
      const ripe = this.#ripeAt();
      if (now >= Math.min(ripe, dueAt)) return this.#take(now >= dueAt && ripe > now ? "time" : null);
      await this.#until(Math.min(ripe, dueAt) - now, signal);
    }
    return [];
  }

  #pending(): boolean {
    return this.#reasons.size > 0;
  }

  #ripeAt(): number {
    if (!this.#pending()) return Number.POSITIVE_INFINITY;
    if (this.#urgent) return 0;
    return Math.min(this.#last + this.#rules.quietMs, this.#first + this.#rules.boundMs);
  }

  #take(other: string | null): readonly string[] {
    const reasons = [...this.#reasons, ...(other === null ? [] : [other])];
    this.#reasons.clear();
    this.#urgent = false;
    return reasons;
  }

  // Until time has passed, something more has come, or the signal.
  async #until(ms: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const arrived = new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
    const slept = Number.isFinite(ms)
      ? this.#clock.sleep(ms, AbortSignal.any([signal, stop.signal])).catch(() => undefined)
      : untilAborted(signal, stop.signal);
    await Promise.race([arrived, slept]);
    this.#arrived = null;
    stop.abort();
  }
}

function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const each of signals) each.addEventListener("abort", () => resolve(), { once: true });
  });
}
