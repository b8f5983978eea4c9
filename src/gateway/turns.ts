/** One sandbox's part in the turns. */
export interface Share {
  /**
   * True = there is something left of this turn, which is taken: go on at once. False = `go` is called in a later turn, behind
   * whatever else of this sandbox waits.
   */
  readonly next: (go: () => void, units?: number) => boolean;
}

/**
 * What a sandbox may have done in one turn of the event loop, before all others had theirs. A unit is a tenth of a millisecond or
 * two: a request, an answer, a piece of a body of up to 64 KiB.
 */
const UNITS_PER_TURN = 4;

/** While nobody else is there: each turn costs something by itself. */
const UNITS_ALONE = 16;

/** Whoever has more than this waiting while others are there, too, has one unit of a turn: its own queue is what it waits for. */
const FEW = 16;

/** For so long after it did something a sandbox counts as there. */
const THERE_MS = 100;

/** All of a turn that is shared: the signatures and the key exchange of TLS are a millisecond. */
export const HANDSHAKE_UNITS = UNITS_PER_TURN;

/** What is carried for nobody in particular. */
export const UNSHARED: Share = { next: () => true };

/**
 * Shares the one event loop among the sandboxes: whoever has a thousand things ready at once has a few of them done, and then it is
 * the others' turn. Nobody is late who does little.
 */
export class Turns {
  readonly #shares = new Map<string, Entry>();
  #scheduled = false;

  /** The share of one sandbox. */
  of(identity: string): Share {
    return { next: (go, units = 1) => this.#next(identity, go, units) };
  }

  /** Resolves when it is this sandbox's turn; null = it is already. */
  wait(identity: string, units = 1): Promise<void> | null {
    let come: (() => void) | null = null;
    const go = (): void => come?.();
    return this.#next(identity, go, units) ? null : new Promise((resolve) => (come = resolve));
  }

  /** How much of this sandbox waits. */
  waiting(identity: string): number {
    return this.#shares.get(identity)?.waiting.length ?? 0;
  }

  #next(identity: string, go: () => void, units: number): boolean {
    const entry = this.#entry(identity);
    entry.seenAt = performance.now();
    this.#schedule();
    // What waits goes first, or a stream that is quick would overtake it again and again.
    if (entry.left > 0 && entry.waiting.length === 0) {
      entry.left -= units;
      return true;
    }
    entry.waiting.push({ go, units });
    return false;
  }

  #entry(identity: string): Entry {
    const known = this.#shares.get(identity);
    if (known !== undefined) return known;
    const entry: Entry = { left: UNITS_PER_TURN, waiting: [], seenAt: 0 };
    this.#shares.set(identity, entry);
    return entry;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Behind all that the kernel had ready in this turn.
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    const now = performance.now();
    for (const [identity, entry] of this.#shares) {
      const shared = entry.waiting.length > FEW ? 1 : UNITS_PER_TURN;
      const share = this.#shares.size > 1 ? shared : UNITS_ALONE;
      // What costs more than a share is paid for in several turns.
      entry.left = Math.min(share, entry.left + share);
      let begun = 0;
      for (let each = entry.waiting[begun]; each !== undefined && entry.left > 0; each = entry.waiting[begun]) {
        begun += 1;
        entry.left -= each.units;
        each.go();
      }
      entry.waiting.splice(0, begun);
      if (entry.waiting.length > 0) this.#schedule();
      else if (now - entry.seenAt > THERE_MS) this.#shares.delete(identity);
    }
  }
}

interface Entry {
  left: number;
  seenAt: number;
  readonly waiting: { readonly go: () => void; readonly units: number }[];
}
