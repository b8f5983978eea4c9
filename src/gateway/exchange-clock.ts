import type { Duplex } from "node:stream";

/**
 * Knows which client connections have a request in the works, and closes those whose next request head is late. An
 * http.Server that does not listen itself has no such clock of its own.
 */
export class ExchangeClock {
  readonly #clocks = new WeakMap<Duplex, NodeJS.Timeout>();
  readonly #running = new WeakMap<Duplex, number>();
  readonly #keepAliveMs: number;

  constructor(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs;
  }

  /** A request head must be whole within this time. */
  expect(socket: Duplex, ms: number): void {
    this.leave(socket);
    if (socket.destroyed) return;
    this.#clocks.set(
      socket,
      setTimeout(() => socket.destroy(), ms),
    );
  }

  begin(socket: Duplex): void {
    this.leave(socket);
    this.#running.set(socket, (this.#running.get(socket) ?? 0) + 1);
  }

  end(socket: Duplex): void {
    const running = (this.#running.get(socket) ?? 1) - 1;
    this.#running.set(socket, running);
    if (running === 0) this.expect(socket, this.#keepAliveMs);
  }

  /** The connection is none of HTTP any more, or gone. */
  leave(socket: Duplex): void {
    clearTimeout(this.#clocks.get(socket));
  }

  busy(socket: Duplex): boolean {
    return this.running(socket) > 0;
  }

  running(socket: Duplex): number {
    return this.#running.get(socket) ?? 0;
  }
}
