import type { Socket } from "node:net";

/** How many may be open that have not said whose they are; one more, and the one that has waited longest is closed. */
const UNPROVEN = 1024;
/** Of one sandbox: carried, or refused and not gone yet. Parked ones are bounded elsewhere, and others are joined to them. */
const PER_IDENTITY = 1024;

/** All connections on the gateway's socket: nobody takes the descriptors that others need. */
export class OpenSockets {
  readonly #all = new Set<Socket>();
  readonly #unproven = new Set<Socket>();
  readonly #counts = new Map<string, number>();

  add(socket: Socket): void {
    this.#all.add(socket);
    this.#unproven.add(socket);
    socket.once("close", () => {
      this.#all.delete(socket);
      this.#unproven.delete(socket);
    });
    if (this.#unproven.size <= UNPROVEN) return;
    for (const oldest of this.#unproven) {
      this.#unproven.delete(oldest);
      oldest.destroy();
      return;
    }
  }

  /** A connection has said whose it is. */
  prove(socket: Socket): void {
    this.#unproven.delete(socket);
  }

  /** Counts a connection of somebody's own. False when they have so many that this one is closed without a word. */
  count(socket: Socket, identity: string): boolean {
    const count = this.#counts.get(identity) ?? 0;
    if (count >= PER_IDENTITY) return false;
    if (socket.destroyed) return true;
    this.#counts.set(identity, count + 1);
    socket.once("close", () => {
      const left = (this.#counts.get(identity) ?? 1) - 1;
      if (left > 0) this.#counts.set(identity, left);
      else this.#counts.delete(identity);
    });
    return true;
  }

  closeAll(): void {
    for (const socket of this.#all) socket.destroy();
  }
}
