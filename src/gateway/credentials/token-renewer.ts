import { createHash } from "node:crypto";
import type { RefreshEncoding, SecretValue } from "../../model/provider.ts";
import type { Clock } from "../../ports/clock.ts";
import { hidden } from "../admin/hidden.ts";
import type { DecisionLog } from "../decision-log.ts";
import type { RenewedCredential } from "../provisions.ts";
import {
  type OAuthValue,
  type Renewal,
  type TokenAnswer,
  type TokenRequest,
  renewalOf,
  tokenRequest,
} from "./renew-token.ts";

export interface RenewerDeps {
  /** Rejects when there is no answer; the reason goes to the log. */
  readonly ask: (request: TokenRequest) => Promise<TokenAnswer>;
  readonly clock: Pick<Clock, "now">;
  readonly log: DecisionLog;
}

/** The value to use at this moment; or why there is none, for people. */
export type Usable =
  | { readonly ok: true; readonly value: SecretValue }
  | { readonly ok: false; readonly reason: string };

/** Renewed in the background from here on. */
const EARLY_MS = 5 * 60_000;
/** Not used any more: the request may take a moment. */
const LATE_MS = 30_000;
/** An upstream that says 401 to everything is no reason to renew again and again. */
const REJECTED_EVERY_MS = 60_000;
const RETRY_FIRST_MS = 5_000;
const RETRY_MOST_MS = 5 * 60_000;
const CHAINS = 1024;
const REMEMBERED_DIGESTS = 256;

/** A refresh token and all that came of it. */
interface Chain {
  value: OAuthValue;
  /** Of every refresh token in it, the newest last. */
  digests: readonly string[];
  /** The one renewal that is under way, whoever waits for it. */
  pending: Promise<void> | null;
  /** An upstream has refused the access token. */
  rejected: boolean;
  renewedAt: number;
  failures: number;
  retryAt: number;
  /** Why it can never be renewed again; null = it can. */
  dead: string | null;
}

/**
 * Keeps access tokens good: one renewal for all sandboxes at once, the new value in memory alone. A refresh token that was used
 * up is never used twice, also where it is given again: what came of it is used in its place.
 */
export class TokenRenewer {
  readonly #deps: RenewerDeps;
  /** By every refresh token that was ever part of the chain. */
  readonly #chains = new Map<string, Chain>();

  constructor(deps: RenewerDeps) {
    this.#deps = deps;
  }

  /** What stands for a value that was given: itself, or what it has become. Waits where it cannot be used any more. */
  async usable(name: string, given: SecretValue, encoding: RefreshEncoding): Promise<Usable> {
    if (given.kind !== "oauth" || given.refresh === null) return { ok: true, value: given };
    const chain = this.#chainOf(given, given.refresh.token);
    const { now } = this.#deps.clock;
    const left = (): number => (chain.value.expiresAt ?? Number.POSITIVE_INFINITY) - now();
    if (left() > EARLY_MS && !chain.rejected) return { ok: true, value: chain.value };
    const renewed = this.#renew(name, chain, encoding);
    if (left() <= LATE_MS || chain.rejected) await renewed;
    if (left() > LATE_MS && !chain.rejected) return { ok: true, value: chain.value };
    if (chain.dead === null && chain.rejected && left() > LATE_MS) return { ok: true, value: chain.value };
    return { ok: false, reason: chain.dead ?? "its access token is over, and no other was to be had yet" };
  }

  /** An upstream said 401 to a request with this value. */
  rejected(used: SecretValue): void {
    if (used.kind !== "oauth" || used.refresh === null) return;
    const chain = this.#chains.get(used.refresh.token);
    if (chain === undefined || chain.value.accessToken !== used.accessToken || chain.dead !== null) return;
    if (this.#deps.clock.now() - chain.renewedAt >= REJECTED_EVERY_MS) chain.rejected = true;
  }

  /** Drops all that came of a value. */
  forget(given: SecretValue): void {
    const chain = given.kind === "oauth" && given.refresh !== null ? this.#chains.get(given.refresh.token) : undefined;
    for (const [token, each] of this.#chains) if (each === chain) this.#chains.delete(token);
  }

  /** Of these, what is another value by now. */
  renewed(given: Readonly<Record<string, SecretValue>>): Readonly<Record<string, RenewedCredential>> {
    const found = Object.entries(given).flatMap(([name, value]) => {
      const token = value.kind === "oauth" ? value.refresh?.token : undefined;
      const chain = token === undefined ? undefined : this.#chains.get(token);
      const same = value.kind === "oauth" && chain?.value.accessToken === value.accessToken;
      return chain === undefined || same ? [] : [[name, { value: chain.value, of: chain.digests }] as const];
    });
    return Object.fromEntries(found);
  }

  #chainOf(given: OAuthValue, token: string): Chain {
    const known = this.#chains.get(token);
    if (known !== undefined) {
      // Signed in again under the same refresh token: the newer access token counts.
      if (known.value.refresh?.token === token && later(given, known.value)) {
        known.value = given;
        known.rejected = false;
        known.dead = null;
      }
      return known;
    }
    const chain: Chain = {
      value: given,
      digests: [digestOf(token)],
      pending: null,
      rejected: false,
      renewedAt: Number.NEGATIVE_INFINITY,
      failures: 0,
      retryAt: 0,
      dead: null,
    };
    this.#remember(token, chain);
    return chain;
  }

  #remember(token: string, chain: Chain): void {
    this.#chains.delete(token);
    this.#chains.set(token, chain);
    for (const oldest of this.#chains.keys()) {
      if (this.#chains.size <= CHAINS) break;
      this.#chains.delete(oldest);
    }
  }

  #renew(name: string, chain: Chain, encoding: RefreshEncoding): Promise<void> {
    if (chain.pending !== null) return chain.pending;
    if (chain.dead !== null || this.#deps.clock.now() < chain.retryAt) return Promise.resolve();
    chain.pending = this.#asked(chain.value, encoding).then((renewal) => {
      chain.pending = null;
      this.#take(name, chain, renewal);
    });
    return chain.pending;
  }

  async #asked(value: OAuthValue, encoding: RefreshEncoding): Promise<Renewal> {
    const request = tokenRequest(value, encoding);
    if (request === null) return { kind: "refused", reason: "it has no refresh token" };
    try {
      return renewalOf(value, await this.#deps.ask(request), this.#deps.clock.now());
    } catch (error) {
      return { kind: "failed", reason: error instanceof Error ? error.message : "no answer" };
    }
  }

  #take(name: string, chain: Chain, renewal: Renewal): void {
    const now = this.#deps.clock.now();
    if (renewal.kind === "renewed") {
      chain.value = hidden(renewal.value);
      Object.assign(chain, { rejected: false, renewedAt: now, failures: 0, retryAt: 0 });
      const token = renewal.value.refresh?.token;
      if (token !== undefined && !chain.digests.includes(digestOf(token))) {
        chain.digests = [...chain.digests, digestOf(token)].slice(-REMEMBERED_DIGESTS);
        this.#remember(token, chain);
      }
      this.#deps.log.event("credential-renewed", { credential: name, expiresAt: renewal.value.expiresAt });
      return;
    }
    const { reason } = renewal;
    this.#deps.log.event("credential-not-renewed", { credential: name, reason, final: renewal.kind === "refused" });
    if (renewal.kind === "refused") {
      chain.dead = `its login is over (${reason})`;
      return;
    }
    chain.retryAt = now + Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** chain.failures);
    chain.failures += 1;
  }
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function later(one: OAuthValue, other: OAuthValue): boolean {
  return (
    one.accessToken !== other.accessToken &&
    one.expiresAt !== null &&
    (other.expiresAt === null || one.expiresAt > other.expiresAt)
  );
}
