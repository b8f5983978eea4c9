import { endWith } from "./answer-raw.ts";
import { type Allowed, type Ask, type Tls, decide } from "./decide.ts";
import { type Denial, type DenyCode, denial } from "./denial.ts";
import { peekClientHello, peekIsTls } from "./first-bytes.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { joinSockets } from "./join-sockets.ts";
import type { ServePeer } from "./http-end.ts";
import { carryIntercepted } from "./intercept/carry-intercepted.ts";
import { isOwn } from "./own-route.ts";
import { type Server, mayReach } from "./policy.ts";
import { stillCovers } from "./still-covers.ts";
import { helloRefusal, internalError, unrecognizedName } from "./tls-name.ts";
import { type Opened, openUpstream } from "./upstream/open-upstream.ts";
import { type Caller, type End, type Watched, logEnd, watchConnection } from "./watch-connection.ts";

type Fail = (code: DenyCode, detail?: string) => Denial;

/** Judges a connection to a name and port and carries it to its end. */
export async function carryToHost(
  context: GatewayContext,
  caller: Caller,
  host: string,
  port: number,
  serveHttp: ServePeer,
): Promise<void> {
  const ask: Ask = { identity: caller.identity, scheme: "tcp", host, port, method: null, rawTarget: null, headers: [] };
  const verdict = decide(context.policy(), ask, context.guards);
  if (verdict.verdict === "deny") {
    caller.refuse(verdict);
    return logEnd(
      context,
      caller,
      { host: verdict.host, port, rule: null },
      { kind: "denied", denied: verdict },
      0,
      null,
    );
  }
  let address: string | null = null;
  const stillAllowed = (): boolean => {
    return stillCovers(
      decide(context.policy(), ask, context.guards),
      verdict.options,
      address,
      context.upstream().checkAddress,
    );
  };
  const asked = { host: verdict.host, port, rule: verdict.rule };
  const fail: Fail = (code, detail = "") => denial(code, { ...asked, identity: caller.identity, detail });
  const open = async (watched: Watched): Promise<Opened> => {
    const opened = await openUpstream(context.upstream(), verdict.host, port, openedAddresses(verdict), context.guards);
    if (!opened.ok) return opened;
    address = opened.address;
    watched.adopt(opened.socket);
    return opened;
  };
  await watchConnection(context, caller, asked, stillAllowed, (watched) => {
    const { options } = verdict;
    if (options.kind === "route" && isOwn(options.to)) return serveReach(caller, verdict, serveHttp);
    if (options.kind === "route") return joinServer(context, caller, options.to, fail, watched);
    if (options.carry.kind === "bytes") return carryBytes(context, caller, fail, () => open(watched));
    const way: Way = { context, caller, host: verdict.host, port, fail, open: () => open(watched), serveHttp };
    return options.carry.http ? carryEither(way, options.carry.tls) : carryTls(way, options.carry.tls);
  });
}

async function serveReach(caller: Caller, { host, port }: Allowed, serveHttp: ServePeer): Promise<End> {
  caller.accept();
  const end = { kind: "inside", scheme: "http", host, port } as const;
  await serveHttp(caller.socket, { identity: caller.identity, end, tunnel: null });
  return { kind: "requests" };
}

/** Joins a publisher to a parked server, where a route of the publisher's own leads to it. */
export async function carryToServer(context: GatewayContext, caller: Caller, server: Server): Promise<void> {
  const asked = { host: server.identity, port: server.port, rule: "route" };
  const stillAllowed = (): boolean => {
    const policy = context.policy();
    return policy !== null && mayReach(policy, caller.identity, server);
  };
  const fail: Fail = (code, detail = "") => denial(code, { ...asked, rule: null, identity: caller.identity, detail });
  if (!stillAllowed()) {
    const denied = fail("host-not-allowed");
    caller.refuse(denied);
    return logEnd(context, caller, asked, { kind: "denied", denied }, 0, null);
  }
  await watchConnection(context, caller, asked, stillAllowed, (watched) =>
    joinServer(context, caller, server, fail, watched),
  );
}

async function joinServer(
  context: GatewayContext,
  caller: Caller,
  to: Server,
  fail: Fail,
  watched: Watched,
): Promise<End> {
  const server = await context.parked.take(to);
  if (server === null) return refuse(caller, fail("server-refused"));
  watched.adopt(server);
  caller.accept();
  // Both ends are on this machine and say when they go, so an idle database session is left alone.
  return { kind: "carried", ...(await joinSockets(caller.socket, server, 0, context.turns.of(caller.identity))) };
}

async function carryBytes(
  context: GatewayContext,
  caller: Caller,
  fail: Fail,
  open: () => Promise<Opened>,
): Promise<End> {
  const opened = await open();
  if (!opened.ok) return refuse(caller, fail(opened.code, opened.detail));
  caller.accept();
  return {
    kind: "carried",
    ...(await joinSockets(caller.socket, opened.socket, context.timeouts.idleMs, context.turns.of(caller.identity))),
  };
}

/** What carrying checked connections needs. */
interface Way {
  readonly context: GatewayContext;
  readonly caller: Caller;
  /** Canonical. */
  readonly host: string;
  readonly port: number;
  readonly fail: Fail;
  readonly open: () => Promise<Opened>;
  readonly serveHttp: ServePeer;
}

function carryTls(way: Way, tls: Tls): Promise<End> {
  if (tls !== "intercept") return carryTunnel(way);
  const { context, caller, host, port, fail, serveHttp } = way;
  // A client of CONNECT can be told why; within TLS there are only alerts.
  if (caller.via === "connect" && !context.leaves.ready())
    return Promise.resolve(refuse(caller, fail("authority-not-ready")));
  caller.accept();
  return carryIntercepted(context, caller, { host, port }, fail, serveHttp);
}

/** Dials first, so that a client of CONNECT hears at once of a host that is not there; then reads the server name. */
async function carryTunnel({ context, caller, host, fail, open }: Way): Promise<End> {
  const opened = await open();
  if (!opened.ok) return refuse(caller, fail(opened.code, opened.detail));
  caller.accept();
  const hello = await peekClientHello(caller.socket, context.timeouts.headMs);
  const refusal = hello.ok ? helloRefusal(hello.value, host, context.guards) : null;
  if (hello.ok && refusal === null)
    return {
      kind: "carried",
      ...(await joinSockets(caller.socket, opened.socket, context.timeouts.idleMs, context.turns.of(caller.identity))),
    };
  opened.socket.destroy();
  if (refusal === null) {
    caller.socket.destroy();
    return { kind: "left" };
  }
  endWith(caller.socket, unrecognizedName());
  return { kind: "denied", denied: fail(refusal.code, refusal.detail) };
}

/** A port with rules for http, perhaps for https too: the first byte says which. */
async function carryEither(way: Way, tls: Tls): Promise<End> {
  const { context, caller, host, port, serveHttp } = way;
  caller.accept();
  const first =
    tls === "none" ? ({ ok: true, value: false } as const) : await peekIsTls(caller.socket, context.timeouts.headMs);
  if (!first.ok) {
    caller.socket.destroy();
    return { kind: "left" };
  }
  if (first.value) {
    const refused = (): void => endWith(caller.socket, internalError());
    return carryTls({ ...way, caller: { ...caller, accept: () => undefined, refuse: refused } }, tls);
  }
  const end = { kind: "inside", scheme: "http", host, port } as const;
  await serveHttp(caller.socket, { identity: caller.identity, end, tunnel: null });
  return { kind: "requests" };
}

function refuse(caller: Caller, denied: Denial): End {
  caller.refuse(denied);
  return { kind: "denied", denied };
}

function openedAddresses(verdict: Allowed): readonly string[] {
  return verdict.options.kind === "route" ? [] : verdict.options.addresses;
}
