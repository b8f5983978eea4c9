import type { Clock } from "../../../src/ports/clock.ts";
import type { Chance } from "./chance.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Runs everything of one simulation: who comes next is by chance, and time passes only when nobody can go on. */
export class Scheduler implements Clock {
  readonly #chance: Chance;
  readonly #ready: (() => void)[] = [];
  readonly #timers = new Set<Timer>();
  #now = 1_000_000_000_000;
  #order = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  now(): number {
    return this.#now;
  }

  /** Lets anybody else go first. */
  turn = (): Promise<void> =>
    new Promise((resolve) => {
      this.#ready.push(resolve);
    });

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new Error("aborted"));
        return;
      }
      const end = (how: () => void): void => {
        this.#timers.delete(timer);
        signal.removeEventListener("abort", aborted);
        how();
      };
      const aborted = (): void => end(() => reject(new Error("aborted")));
      this.#order += 1;
      const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order, fire: () => end(resolve) };
      this.#timers.add(timer);
      signal.addEventListener("abort", aborted, { once: true });
    });
  }

  /** Goes on until the work is done. Rejects when it waits for something that never comes. */
  async until(work: Promise<unknown>, withinMs: number): Promise<void> {
    const progress = { ended: false };
    const ending = work.finally(() => {
      progress.ended = true;
    });
    ending.catch(() => undefined);
    const deadline = this.#now + withinMs;
    await settled();
    while (!progress.ended) {
      if (!this.#step(deadline)) throw new Error("the simulation waits for something that never comes");
      await settled();
    }
    await ending;
  }

  // One step of somebody, or the next moment at which something is due.
  #step(deadline: number): boolean {
    if (this.#ready.length > 0) {
      const [next] = this.#ready.splice(this.#chance.below(this.#ready.length), 1);
      next?.();
      return true;
    }
    let first: Timer | null = null;
    for (const each of this.#timers)
      if (first === null || each.at < first.at || (each.at === first.at && each.order < first.order)) first = each;
    if (first === null || first.at > deadline) return false;
    this.#now = Math.max(this.#now, first.at);
    first.fire();
    return true;
  }
}

/** Until everything that could go on by itself has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
