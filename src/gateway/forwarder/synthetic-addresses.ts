/** Addresses of 127.64.0.0/10, which all lead to the sandbox itself. */
const FIRST = 0x7f400001;
const LAST = 0x7f7ffffe;

interface Entry {
  readonly name: string;
  readonly address: string;
  live: number;
}

/**
 * One address a name, the same for as long as the name is remembered. The name that was used least lately is forgotten
 * first, never one with a live connection; an address is given to another name only after all the others.
 */
export class SyntheticAddresses {
  readonly #byName = new Map<string, Entry>();
  readonly #byAddress = new Map<string, Entry>();
  readonly #limit: number;
  readonly #forgotten: (address: string) => void;
  #next = FIRST;

  constructor(limit: number, forgotten: (address: string) => void) {
    this.#limit = limit;
    this.#forgotten = forgotten;
  }

  addressOf(name: string): string {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      this.#byName.delete(name);
      this.#byName.set(name, known);
      return known.address;
    }
    this.#makeRoom();
    const entry: Entry = { name, address: this.#freeAddress(), live: 0 };
    this.#byName.set(name, entry);
    this.#byAddress.set(entry.address, entry);
    return entry.address;
  }

  nameOf(address: string): string | null {
    return this.#byAddress.get(address)?.name ?? null;
  }

  /** Counts a connection to the address; the name is remembered until it is released. */
  hold(address: string): () => void {
    const entry = this.#byAddress.get(address);
    if (entry === undefined) return () => undefined;
    entry.live += 1;
    return () => {
      entry.live -= 1;
    };
  }

  #makeRoom(): void {
    if (this.#byName.size < this.#limit) return;
    for (const entry of this.#byName.values()) {
      if (entry.live > 0) continue;
      this.#byName.delete(entry.name);
      this.#byAddress.delete(entry.address);
      this.#forgotten(entry.address);
      return;
    }
  }

  #freeAddress(): string {
    while (true) {
      const value = this.#next;
      this.#next = value === LAST ? FIRST : value + 1;
      const address = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
      if (!this.#byAddress.has(address)) return address;
    }
  }
}
