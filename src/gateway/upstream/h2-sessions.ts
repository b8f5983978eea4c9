import { type ClientHttp2Session, connect } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Scope } from "./scope.ts";

const IDLE_MS = 60_000;
/** Until the upstream says how many it takes. */
const STREAMS = 100;
/** What an upstream may send before the client has read: for one stream, and for all of a connection. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const SESSION_WINDOW_BYTES = 4 * 1024 * 1024;
/** As many as are kept of HTTP/1.1. With one more the oldest that is idle is closed: each holds some hundred KiB. */
const PER_IDENTITY = 128;

/** One HTTP/2 connection to an upstream. */
export interface UpstreamSession {
  readonly session: ClientHttp2Session;
  readonly identity: string;
  readonly address: string;
}

/** The HTTP/2 connections to upstreams by scope, each shared by the requests of its scope alone. */
export class H2Sessions {
  readonly #sessions = new Map<string, Set<UpstreamSession>>();
  readonly #streams = new WeakMap<ClientHttp2Session, number>();
  #retired = false;

  /** One that takes another stream; null when a new one is needed. */
  find(key: string): UpstreamSession | null {
    for (const each of this.#sessions.get(key) ?? []) if (this.#takesMore(each.session)) return each;
    return null;
  }

  add(
    key: string,
    { identity, host, port }: Pick<Scope, "identity" | "host" | "port">,
    socket: TLSSocket,
    address: string,
  ): UpstreamSession {
    this.#makeRoom(identity);
    const session = connect(`https://${host}:${port}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    const entry = { session, identity, address };
    const remove = (): void => this.#remove(key, entry);
    // Before any await: no failure of this connection is ever unhandled.
    session.on("error", () => session.destroy());
    session.on("goaway", remove);
    session.on("close", remove);
    session.on("connect", () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    session.setTimeout(IDLE_MS, () => {
      if (this.#open(session) === 0) session.close();
    });
    if (!this.#retired) this.#sessions.set(key, (this.#sessions.get(key) ?? new Set()).add(entry));
    return entry;
  }

  /** Counts a stream of the session until it is `done`. */
  begin(session: ClientHttp2Session): () => void {
    this.#streams.set(session, this.#open(session) + 1);
    return () => {
      const open = this.#open(session) - 1;
      this.#streams.set(session, open);
      if (this.#retired && open === 0) session.close();
    };
  }

  /** Closes what is idle, and what is busy once its streams are done. */
  retire(): void {
    this.#retired = true;
    for (const entries of this.#sessions.values()) {
      for (const { session } of entries) if (this.#open(session) === 0) session.close();
    }
    this.#sessions.clear();
  }

  #makeRoom(identity: string): void {
    const own = [...this.#sessions.values()].flatMap((each) => [...each]).filter((each) => each.identity === identity);
    if (own.length < PER_IDENTITY) return;
    own.find(({ session }) => this.#open(session) === 0)?.session.close();
  }

  #takesMore(session: ClientHttp2Session): boolean {
    if (session.closed || session.destroyed) return false;
    return this.#open(session) < Math.min(STREAMS, session.remoteSettings?.maxConcurrentStreams ?? STREAMS);
  }

  #open(session: ClientHttp2Session): number {
    return this.#streams.get(session) ?? 0;
  }

  #remove(key: string, entry: UpstreamSession): void {
    const entries = this.#sessions.get(key);
    if (entries?.delete(entry) === true && entries.size === 0) this.#sessions.delete(key);
  }
}
