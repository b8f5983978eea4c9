import { rename, unlink } from "node:fs/promises";
import { type Server, createServer } from "node:net";
import { join } from "node:path";
import type { SecretValue } from "../model/provider.ts";
import type { Clock } from "../ports/clock.ts";
import { acceptOpening } from "./accept-opening.ts";
import type { AddressCheck } from "./address-check.ts";
import type { DecisionLog } from "./decision-log.ts";
import { type GatewayContext, TIMEOUTS, type Timeouts } from "./gateway-context.ts";
import { askTokenEndpoint } from "./credentials/ask-token-endpoint.ts";
import { TokenRenewer } from "./credentials/token-renewer.ts";
import { ByteBudget } from "./exchange/byte-budget.ts";
import { type Guards, WHOLE } from "./guards.ts";
import { httpEnd } from "./http-end.ts";
import { LiveConnections } from "./live-connections.ts";
import { LeafCertificates } from "./intercept/leaf-certificates.ts";
import { OpenSockets } from "./open-sockets.ts";
import { ParkedServers } from "./parked-servers.ts";
import type { Policy } from "./policy.ts";
import { PolicyStore } from "./policy-store.ts";
import type { Provisions, RenewedCredential } from "./provisions.ts";
import type { Resolve } from "./resolve.ts";
import { Turns } from "./turns.ts";
import type { UpstreamDeps } from "./upstream/open-upstream.ts";
import { rememberedTrust } from "./upstream/secure-upstream.ts";
import { UpstreamPool } from "./upstream/upstream-pool.ts";

export interface GatewayDeps {
  /** Holds `policy.json` and `identity.key`. */
  readonly policyDirectory: string;
  /** Gets `gateway.sock` and `in-force.json`. */
  readonly runDirectory: string;
  readonly resolverFor: (servers: readonly string[]) => Resolve;
  readonly addressCheckFor: (hostAddresses: readonly string[]) => AddressCheck;
  /** What is held at this moment; null = nothing was given yet. */
  readonly provisions: () => Provisions | null;
  readonly log: DecisionLog;
  readonly clock: Pick<Clock, "now">;
  readonly timeouts?: Partial<Timeouts>;
  readonly connectionsPerIdentity?: number;
  /** Only a test lends fewer than all. */
  readonly guards?: Guards;
}

export interface Gateway {
  readonly reload: () => Promise<void>;
  /** Writes anew what is in force and held. */
  readonly report: () => Promise<void>;
  /** Drops what came of values that are not held any more, and ends what is under way with them. */
  readonly forget: (values: readonly SecretValue[]) => void;
  /** By name, the credentials that have another value than was given: their tokens were renewed. */
  readonly renewed: () => Readonly<Record<string, RenewedCredential>>;
  readonly liveConnections: () => number;
  readonly close: () => Promise<void>;
}

/** Each may hold four buffers of 64 KiB while neither side reads: 128 MiB at the most for one sandbox. */
const CONNECTIONS_PER_IDENTITY = 512;
const BACKLOG = 4096;
/** Of bodies that must be signed before they are sent. */
const KEPT_BYTES_PER_IDENTITY = 64 * 1024 * 1024;

/** Starts a gateway: loads the policy, then listens. Without a valid policy it listens and denies everything. */
export async function startGateway(deps: GatewayDeps): Promise<Gateway> {
  const guards = deps.guards ?? WHOLE;
  const live = new LiveConnections(deps.connectionsPerIdentity ?? CONNECTIONS_PER_IDENTITY);
  const turns = new Turns();
  const sockets = new OpenSockets();
  const parked = new ParkedServers();
  let upstream = upstreamFor(deps, null);
  const trustFor = rememberedTrust();
  const poolFor = (policy: Policy | null): UpstreamPool =>
    new UpstreamPool({ ...upstream, guards, turns, trust: () => trustFor(policy?.trust ?? null) });
  let pool = poolFor(null);
  const store = new PolicyStore({
    directory: deps.policyDirectory,
    inForcePath: join(deps.runDirectory, "in-force.json"),
    provisionsDigest: () => deps.provisions()?.digest ?? null,
    clock: deps.clock,
    log: deps.log,
    swapped: (policy) => {
      upstream = upstreamFor(deps, policy);
      pool.retire();
      pool = poolFor(policy);
      return guards.has("live-rules") ? live.closeForbidden() : 0;
    },
  });
  const tokens = new TokenRenewer({
    ask: (request) => askTokenEndpoint(pool, request),
    clock: deps.clock,
    log: deps.log,
  });
  const context: GatewayContext = {
    policy: () => store.policy,
    keyCheck: () => store.keyCheck,
    provisions: deps.provisions,
    tokens,
    leaves: new LeafCertificates(() => deps.provisions()?.authority ?? null, deps.clock),
    upstream: () => upstream,
    pool: () => pool,
    live,
    sockets,
    turns,
    budget: new ByteBudget(KEPT_BYTES_PER_IDENTITY),
    parked,
    log: deps.log,
    clock: deps.clock,
    timeouts: { ...TIMEOUTS, ...deps.timeouts },
    guards,
  };
  const serveHttp = httpEnd(context);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    acceptOpening(context, serveHttp, socket).catch((error: unknown) => {
      deps.log.event("connection-failed", { reason: error instanceof Error ? error.stack : String(error) });
      socket.destroy();
    });
  });
  await store.start();
  await listenAt(server, join(deps.runDirectory, "gateway.sock"));
  deps.log.event("gateway-ready", { policy: store.policy !== null });
  return {
    reload: () => store.reload(),
    report: () => store.report(),
    forget: (values) => {
      for (const each of values) tokens.forget(each);
      live.closeForbidden();
    },
    renewed: () => tokens.renewed(deps.provisions()?.credentials ?? {}),
    liveConnections: () => live.size,
    close: async () => {
      await store.stop();
      live.closeAll("gateway-stopped");
      parked.closeAll();
      pool.retire();
      sockets.closeAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function upstreamFor(deps: GatewayDeps, policy: Policy | null): UpstreamDeps {
  return {
    resolve: deps.resolverFor(policy?.resolvers ?? []),
    checkAddress: deps.addressCheckFor(policy?.hostAddresses ?? []),
  };
}

/**
 * Takes the path over in one step: there is no moment without a socket when one gateway replaces another, and the one
 * that goes does not remove its successor's.
 */
async function listenAt(server: Server, path: string): Promise<void> {
  const own = `${path}.${process.pid}`;
  await unlink(own).catch(() => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path: own, backlog: BACKLOG }, resolve);
  });
  server.on("error", () => undefined);
  await rename(own, path);
}
