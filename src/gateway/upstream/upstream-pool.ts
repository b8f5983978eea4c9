import type { Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { Guards } from "../guards.ts";
import { callH1 } from "./call-h1.ts";
import { callH2 } from "./call-h2.ts";
import { H1Agent, type LineWanted } from "./h1-agent.ts";
import { H2Sessions, type UpstreamSession } from "./h2-sessions.ts";
import { type UpstreamDeps, openUpstream } from "./open-upstream.ts";
import type { Call, Outgoing } from "./outgoing.ts";
import { type Scope, scopeKey } from "./scope.ts";
import { type Offer, secureUpstream, speaksNoneOf } from "./secure-upstream.ts";
import { UpstreamError } from "./upstream-error.ts";
import { HANDSHAKE_UNITS, type Turns } from "../turns.ts";

export interface PoolDeps extends UpstreamDeps {
  readonly trust: () => SecureContext;
  readonly guards: Guards;
  readonly turns: Turns;
}

type Way = { readonly kind: "h1"; readonly ready: Socket | null } | ({ readonly kind: "h2" } & UpstreamSession);

/** `h1`: nobody has offered it HTTP/2 yet. */
type Speaks = "h1" | "only-h1" | "only-h2";

const KEPT_H1: Way = { kind: "h1", ready: null };

/** How many upstreams' protocols it remembers. */
const REMEMBERED = 4096;

/**
 * The connections to upstreams under one policy. Each is dialled at a checked address, verified, and shared within its scope
 * alone; with the next policy the whole pool is retired.
 */
export class UpstreamPool {
  readonly #deps: PoolDeps;
  readonly #agent: H1Agent;
  readonly #sessions = new H2Sessions();
  readonly #addresses = new WeakMap<Socket, string>();
  readonly #pending = new Map<string, Promise<Way>>();
  readonly #speaks = new Map<string, Speaks>();

  constructor(deps: PoolDeps) {
    this.#deps = deps;
    this.#agent = new H1Agent((scope) => this.#dialH1(scope));
  }

  /**
   * Sends a request. `offered` is what the client itself speaks: an upstream is offered the same, and HTTP/2 where it speaks
   * nothing else. Rejects with UpstreamError.
   */
  async call(scope: Scope, offered: "h1" | "h2", outgoing: Outgoing): Promise<Call> {
    const way = await this.#wayFor(scope, offered);
    if (way.kind === "h2") return callH2(way, outgoing, () => this.#sessions.begin(way.session));
    const more: LineWanted = { scope, key: this.#keyOf(scope), ready: way.ready };
    return callH1({ agent: this.#agent, more }, outgoing, (socket) => this.#addresses.get(socket) ?? null);
  }

  /** A connection of HTTP/1.1 for one request alone, which may become something else. Rejects with UpstreamError. */
  async dialAlone(scope: Scope): Promise<{ readonly socket: Socket; readonly address: string }> {
    const socket = await this.#dialH1(scope);
    return { socket, address: this.#addresses.get(socket) ?? "" };
  }

  /** Ends what is idle at once, and what is busy as soon as it is done. */
  retire(): void {
    this.#agent.retire();
    this.#sessions.retire();
  }

  async #wayFor(scope: Scope, offered: "h1" | "h2"): Promise<Way> {
    if (!scope.tls) return KEPT_H1;
    const speaks = this.#speaks.get(hostKey(scope));
    if (speaks === "only-h1" || (speaks === "h1" && offered === "h1")) return KEPT_H1;
    const key = this.#keyOf(scope);
    const wanted = speaks === "only-h2" ? "h2" : offered;
    const found = wanted === "h2" ? this.#sessions.find(key) : null;
    if (found !== null) return { kind: "h2", ...found };
    const dialled = `${wanted} ${key}`;
    const pending = this.#pending.get(dialled);
    if (pending !== undefined) {
      // Whoever dials first finds out what the upstream speaks. Their failure is everybody's: no storm of further dials.
      await pending;
      return this.#wayFor(scope, offered);
    }
    const way = this.#dialFirst(scope, key, wanted).finally(() => this.#pending.delete(dialled));
    this.#pending.set(dialled, way);
    return way;
  }

  /** Dials an upstream of which it is not known what it speaks, or that speaks HTTP/2 and needs another connection. */
  async #dialFirst(scope: Scope, key: string, wanted: "h1" | "h2"): Promise<Way> {
    if (wanted === "h1") {
      try {
        const socket = await this.#dialTls(scope, ["http/1.1"]);
        this.#learn(scope, "h1");
        return { kind: "h1", ready: socket };
      } catch (error) {
        if (!speaksNoneOf(error)) throw error;
        this.#learn(scope, "only-h2");
      }
    }
    const socket = await this.#dialTls(scope, ["h2", "http/1.1"]);
    if (socket.alpnProtocol === "h2") return { kind: "h2", ...this.#add(scope, key, socket) };
    this.#learn(scope, "only-h1");
    return { kind: "h1", ready: socket };
  }

  #learn(scope: Scope, speaks: Speaks): void {
    if (this.#speaks.size >= REMEMBERED) this.#speaks.clear();
    this.#speaks.set(hostKey(scope), speaks);
  }

  #keyOf(scope: Scope): string {
    return this.#deps.guards.has("scopes") ? scopeKey(scope) : hostKey(scope);
  }

  #add(scope: Scope, key: string, socket: TLSSocket): UpstreamSession {
    return this.#sessions.add(key, scope, socket, this.#addresses.get(socket) ?? "");
  }

  async #dialH1(scope: Scope): Promise<Socket> {
    if (scope.tls) return this.#dialTls(scope, ["http/1.1"]);
    return this.#dialTcp(scope);
  }

  async #dialTls(scope: Scope, offer: Offer): Promise<TLSSocket> {
    // Before the connection is there: nothing must come over it that nobody listens to.
    await this.#deps.turns.wait(scope.identity, HANDSHAKE_UNITS);
    const socket = await this.#dialTcp(scope);
    const tls = await secureUpstream(socket, scope.host, offer, this.#deps.trust(), this.#deps.guards);
    this.#addresses.set(tls, this.#addresses.get(socket) ?? "");
    return tls;
  }

  async #dialTcp(scope: Scope): Promise<Socket> {
    const opened = await openUpstream(this.#deps, scope.host, scope.port, scope.addresses, this.#deps.guards);
    if (!opened.ok) throw new UpstreamError(opened.code, opened.detail);
    this.#addresses.set(opened.socket, opened.address ?? "");
    return opened.socket;
  }
}

function hostKey(scope: Scope): string {
  return `${scope.host}:${scope.port}`;
}
