import { createHash } from "node:crypto";

/** Addresses of 127.64.0.0/10, which all lead to the sandbox itself. */
const FIRST = 0x7f400001;
const COUNT = 0x3ffffe;

interface Entry {
  readonly name: string;
  readonly address: string;
  live: number;
}

/**
 * One address a name, derived from the name, so that it stays the same when the forwarder is replaced under a client
 * that remembers it. The name that was used least lately is forgotten first, never one with a live connection.
 */
export class SyntheticAddresses {
  readonly #byName = new Map<string, Entry>();
  readonly #byAddress = new Map<string, Entry>();
  readonly #limit: number;
  readonly #forgotten: (address: string) => void;

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
    const entry: Entry = { name, address: this.#freeAddress(name), live: 0 };
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

  #freeAddress(name: string): string {
    let offset = createHash("sha256").update(name).digest().readUInt32BE(0) % COUNT;
    while (true) {
      const address = [24, 16, 8, 0].map((shift) => Math.floor((FIRST + offset) / 2 ** shift) % 256).join(".");
      if (!this.#byAddress.has(address)) return address;
      offset = (offset + 1) % COUNT;
    }
  }
}
