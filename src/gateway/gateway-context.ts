import type { Clock } from "../ports/clock.ts";
import type { TokenRenewer } from "./credentials/token-renewer.ts";
import type { ByteBudget } from "./exchange/byte-budget.ts";
import type { DecisionLog } from "./decision-log.ts";
import type { Guards } from "./guards.ts";
import type { KeyCheck } from "./identity.ts";
import type { LiveConnections } from "./live-connections.ts";
import type { LeafCertificates } from "./intercept/leaf-certificates.ts";
import type { OpenSockets } from "./open-sockets.ts";
import type { ParkedServers } from "./parked-servers.ts";
import type { Policy } from "./policy.ts";
import type { Provisions } from "./provisions.ts";
import type { Turns } from "./turns.ts";
import type { UpstreamDeps } from "./upstream/open-upstream.ts";
import type { UpstreamPool } from "./upstream/upstream-pool.ts";

/** What every way into the gateway works with. */
export interface GatewayContext {
  /** The policy in force at this moment; null = deny everything. */
  readonly policy: () => Policy | null;
  /** Null while there is no master key: nobody is let in. */
  readonly keyCheck: () => KeyCheck | null;
  /** Null while nobody has given any since the start. */
  readonly provisions: () => Provisions | null;
  /** What the values of credentials are at this moment. */
  readonly tokens: TokenRenewer;
  readonly leaves: LeafCertificates;
  readonly upstream: () => UpstreamDeps;
  /** The kept connections under the policy in force. */
  readonly pool: () => UpstreamPool;
  readonly live: LiveConnections;
  readonly sockets: OpenSockets;
  /** In which everything of a sandbox is done. */
  readonly turns: Turns;
  readonly budget: ByteBudget;
  readonly parked: ParkedServers;
  readonly log: DecisionLog;
  readonly clock: Pick<Clock, "now">;
  readonly timeouts: Timeouts;
  /** All of them, but in a test. */
  readonly guards: Guards;
}

export interface Timeouts {
  /** For the first frame. */
  readonly openingMs: number;
  /** For a whole request head, and for a whole ClientHello. */
  readonly headMs: number;
  /** A tunnel without a byte either way. */
  readonly idleMs: number;
  /** A kept-alive HTTP connection between requests. */
  readonly keepAliveMs: number;
}

export const TIMEOUTS: Timeouts = { openingMs: 5000, headMs: 15_000, idleMs: 60 * 60_000, keepAliveMs: 60_000 };
