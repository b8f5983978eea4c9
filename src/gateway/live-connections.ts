/** Something that was allowed and goes on. */
export interface Live {
  readonly identity: string;
  /** Whether the rules in force still allow it as it is carried. */
  readonly stillAllowed: () => boolean;
  /** Ends it at once; the reason goes to the log. */
  readonly close: (reason: string) => void;
}

/** Everything that goes on, so that a tightened rule ends it and a flood of one sandbox is bounded. */
export class LiveConnections {
  readonly #live = new Set<Live>();
  readonly #counts = new Map<string, number>();
  readonly #limit: number;

  constructor(limitPerIdentity: number) {
    this.#limit = limitPerIdentity;
  }

  /** False when the sandbox has as many open as it may. */
  add(live: Live): boolean {
    const count = this.#counts.get(live.identity) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(live.identity, count + 1);
    this.#live.add(live);
    return true;
  }

  delete(live: Live): void {
    if (!this.#live.delete(live)) return;
    const count = (this.#counts.get(live.identity) ?? 1) - 1;
    if (count > 0) this.#counts.set(live.identity, count);
    else this.#counts.delete(live.identity);
  }

  /** Ends what the rules in force do not allow; returns how many. */
  closeForbidden(): number {
    const forbidden = [...this.#live].filter((live) => !live.stillAllowed());
    for (const live of forbidden) live.close("rules-changed");
    return forbidden.length;
  }

  closeAll(reason: string): void {
    for (const live of [...this.#live]) live.close(reason);
  }

  get size(): number {
    return this.#live.size;
  }
}
