import { type Allowed, type Ask, decide } from "../decide.ts";
import { type Denial, type DenyCode, denial } from "../denial.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { endToEndHeaders } from "../hop-headers.ts";
import { requestStillCovered } from "../still-covers.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { isOwn } from "../own-route.ts";
import { answerOwn } from "./answer-own.ts";
import { askFor } from "./ask-for.ts";
import { carryPlain } from "./carry-plain.ts";
import { carryWebSocket } from "./carry-web-socket.ts";
import type { ClientRequest } from "./client-request.ts";
import { type Dressed, dress } from "./dress.ts";
import type { Carried, Journey } from "./journey.ts";
import { Tally } from "./tally.ts";

/** Judges one request of a client, carries it when it is allowed, and logs it once. */
export async function exchange(context: GatewayContext, request: ClientRequest): Promise<void> {
  const { head, identity, method } = request;
  // Streams cost their client nothing: whoever opens more than all of its others could use gets no answer.
  if (context.turns.waiting(identity) >= MOST_WAITING) return request.end.abort();
  const turn = context.turns.wait(identity);
  if (turn !== null) await turn;
  const started = context.clock.now();
  const rawTarget = head.ok ? head.rawTarget : request.target;
  const { scheme, rawHeaders } = request;
  const ask: Ask = { identity, scheme, host: head.host, port: head.port, method, rawTarget, headers: rawHeaders };
  const verdict = head.ok
    ? decide(context.policy(), askFor(context, request, ask), context.guards)
    : denial(head.code, { host: head.host, port: head.port, identity, rule: null, detail: head.detail });
  const tally = new Tally();
  const ended =
    verdict.verdict === "deny" ? refuse(request, verdict) : await carry(context, request, ask, verdict, tally);
  context.log.decided({
    sandbox: identity,
    via: scheme,
    host: verdict.host,
    port: ask.port,
    method,
    path: (rawTarget.split("?")[0] ?? "").slice(0, PATH_CHARS),
    rule: ended.denied === null ? verdict.rule : ended.denied.rule,
    verdict: ended.denied === null ? "allow" : "deny",
    code: ended.denied?.code ?? ended.reason,
    status: ended.denied?.status ?? request.end.status(),
    bytesSent: tally.sent,
    bytesReceived: tally.received,
    durationMs: Math.round(context.clock.now() - started),
  });
}

const PATH_CHARS = 1024;
const MOST_WAITING = 2048;

interface Ended {
  readonly denied: Denial | null;
  /** Why something that was allowed ended, if not by itself. */
  readonly reason: string | null;
}

async function carry(
  context: GatewayContext,
  request: ClientRequest,
  ask: Ask,
  allowed: Allowed,
  tally: Tally,
): Promise<Ended> {
  const { identity, end } = request;
  const fail = (code: DenyCode, detail: string): Ended =>
    refuse(request, denial(code, { host: allowed.host, port: ask.port, identity, rule: allowed.rule, detail }));
  let address: string | null = null;
  let reason: string | null = null;
  let abortUpstream = (): void => undefined;
  const close = (why: string): void => {
    reason ??= why;
    end.abort();
    abortUpstream();
  };
  const judgedBy = context.policy();
  const held = isHeld(context, allowed);
  const stillAllowed = (): boolean => {
    if (held && !isHeld(context, allowed)) return false;
    const policy = context.policy();
    const again = policy === judgedBy ? allowed : decide(policy, askFor(context, request, ask), context.guards);
    return requestStillCovered(again, allowed, address, context.upstream().checkAddress);
  };
  const live = { identity, stillAllowed, close };
  if (allowed.options.kind === "route" && isOwn(allowed.options.to)) {
    answerOwn(context, request, ask.rawTarget ?? "");
    return { denied: null, reason: null };
  }
  if (!context.live.add(live)) return fail("too-many-connections", "");
  end.onGone(() => close("client-left"));
  let release = (): void => undefined;
  let broken: Dressed["broken"] = () => null;
  try {
    const dressed = await dress(
      context,
      request,
      allowed,
      ask.rawTarget ?? "",
      endToEndHeaders(request.rawHeaders, context.guards),
    );
    if (dressed.kind === "deny") return fail(dressed.code, dressed.detail);
    ({ release, broken } = dressed);
    const admit = (dialled: string | null): boolean => {
      address = dialled;
      if (reason === null && !stillAllowed()) close("rules-changed");
      return reason === null;
    };
    const adopt = (abort: () => void): void => {
      abortUpstream = abort;
      if (reason !== null) abort();
    };
    const journey: Journey = { context, request, allowed, dressed, tally, admit, adopt };
    const carried = await (request.upgrade ? carryWebSocket(journey) : carryPlain(journey));
    return carried.kind === "denied"
      ? fail(carried.code, carried.detail)
      : { denied: null, reason: reasonOf(reason, carried) };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (reason !== null) return { denied: null, reason };
    const { code, detail } = broken() ?? error;
    return end.status() === null ? fail(code, detail) : { denied: null, reason: "upstream-failed" };
  } finally {
    context.live.delete(live);
    abortUpstream();
    release();
  }
}

/** Whether the value of its credential is there; what needs none goes on without. */
function isHeld(context: GatewayContext, { credential }: Allowed): boolean {
  return credential !== null && Object.hasOwn(context.provisions()?.credentials ?? {}, credential.name);
}

function reasonOf(reason: string | null, carried: Carried): string | null {
  // A client that goes right behind its whole answer has not left early. An answer that was ended here may look whole.
  if (carried.kind !== "broken") return reason === "client-left" ? null : reason;
  if (reason !== null && reason !== "client-left") return reason;
  return carried.by === "upstream" ? "upstream-failed" : "client-left";
}

function refuse(request: ClientRequest, denied: Denial): Ended {
  request.end.deny(denied);
  return { denied, reason: null };
}
