import { Agent, type AgentOptions } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Scope } from "./scope.ts";

/** What a request hands to the agent besides its own options. */
export interface LineWanted {
  readonly scope: Scope;
  /** Equal for all that may share a connection. */
  readonly key: string;
  /** Connected already and not used yet; null = to be dialled when no kept one is free. */
  readonly ready: Socket | null;
}

export type DialH1 = (scope: Scope) => Promise<Socket>;

/** Shorter than what servers commonly keep, so that a request seldom meets a connection that is being closed. */
const IDLE_MS = 15_000;
const FREE_PER_SCOPE = 64;
const FREE_PER_IDENTITY = 128;

/** Keeps HTTP/1.1 connections to upstreams, each for its scope alone. */
export class H1Agent extends Agent {
  readonly #dial: DialH1;
  readonly #scopes = new WeakMap<Duplex, Scope>();
  readonly #free = new Map<string, number>();
  #retired = false;

  constructor(dial: DialH1) {
    const options: AgentOptions = { keepAlive: true, maxFreeSockets: FREE_PER_SCOPE, timeout: IDLE_MS };
    super(options);
    this.#dial = dial;
  }

  /** Closes what is idle, and what is busy once it is idle. */
  retire(): void {
    this.#retired = true;
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  override getName(options?: object): string {
    return wantedOf(options).key;
  }

  override createConnection(options: object, done?: (error: Error | null, socket: Duplex) => void): undefined {
    const { scope, ready } = wantedOf(options);
    const use = (socket: Socket): void => {
      this.#scopes.set(socket, scope);
      done?.(null, socket);
    };
    if (ready !== null && !ready.destroyed) use(ready);
    else void this.#dialFor(scope, use, (error) => done?.(error, undefined as never));
  }

  async #dialFor(scope: Scope, use: (socket: Socket) => void, fail: (error: Error) => void): Promise<void> {
    try {
      use(await this.#dial(scope));
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const scope = this.#scopes.get(socket);
    if (scope === undefined || this.#retired) return false;
    const free = this.#free.get(scope.identity) ?? 0;
    if (free >= FREE_PER_IDENTITY || !keeps(super.keepSocketAlive(socket))) return false;
    this.#free.set(scope.identity, free + 1);
    const taken = (): void => {
      socket.off("close", taken).off(REUSED, taken);
      const left = (this.#free.get(scope.identity) ?? 1) - 1;
      if (left > 0) this.#free.set(scope.identity, left);
      else this.#free.delete(scope.identity);
    };
    socket.on("close", taken).on(REUSED, taken);
    return true;
  }

  override reuseSocket(socket: Duplex, request: Parameters<Agent["reuseSocket"]>[1]): void {
    socket.emit(REUSED);
    super.reuseSocket(socket, request);
  }
}

/** Its answer, which the types leave out: no = the other side said that it closes at once. */
function keeps(answer: unknown): boolean {
  return answer !== false;
}

const REUSED = Symbol("reused");

function wantedOf(options: object | undefined): LineWanted {
  // Every request comes from UpstreamPool, which sets both.
  return options as unknown as LineWanted;
}
