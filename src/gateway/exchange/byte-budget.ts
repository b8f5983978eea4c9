/** How many bytes the gateway keeps at once for one sandbox, of bodies that must be read before they are sent. */
export class ByteBudget {
  readonly #limitBytes: number;
  readonly #kept = new Map<string, number>();

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** False = the sandbox has no more; nothing is taken. */
  take(identity: string, bytes: number): boolean {
    const kept = (this.#kept.get(identity) ?? 0) + bytes;
    if (kept > this.#limitBytes) return false;
    this.#kept.set(identity, kept);
    return true;
  }

  giveBack(identity: string, bytes: number): void {
    const kept = (this.#kept.get(identity) ?? 0) - bytes;
    if (kept > 0) this.#kept.set(identity, kept);
    else this.#kept.delete(identity);
  }
}
