import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Allowed, type Ask, type Verdict, decide } from "./decide.ts";
import { type Denial, type DenyCode, denial, denialBody } from "./denial.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { type Opened, openUpstream } from "./open-upstream.ts";
import { relayRequest } from "./relay-request.ts";
import type { RequestHead } from "./request-head.ts";
import { stillCovers } from "./still-covers.ts";

/** Judges one request, carries it when it is allowed, and logs it once. */
export async function exchange(
  context: GatewayContext,
  identity: string,
  head: RequestHead,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = context.clock.now();
  const ask = askOf(identity, head, request);
  const verdict = head.ok
    ? decide(context.policy(), ask)
    : denial(head.code, { host: head.host, port: head.port, identity, rule: null, detail: head.detail });
  const ended = await carry(context, ask, verdict, request, response);
  context.log.decided({
    sandbox: identity,
    via: "http",
    host: verdict.host,
    port: ask.port,
    method: ask.method,
    path: (ask.rawTarget ?? "").split("?")[0]?.slice(0, PATH_CHARS) ?? "",
    rule: ended.denied === null ? verdict.rule : ended.denied.rule,
    verdict: ended.denied === null ? "allow" : "deny",
    code: ended.denied?.code ?? ended.reason,
    status: ended.denied?.status ?? (response.headersSent ? response.statusCode : null),
    bytesSent: ended.upstream?.bytesWritten ?? 0,
    bytesReceived: ended.upstream?.bytesRead ?? 0,
    durationMs: Math.round(context.clock.now() - started),
  });
}

const PATH_CHARS = 1024;

interface Ended {
  readonly denied: Denial | null;
  readonly reason: string | null;
  readonly upstream: Socket | null;
}

async function carry(
  context: GatewayContext,
  ask: Ask,
  verdict: Verdict,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Ended> {
  let upstream: Socket | null = null;
  let address: string | null = null;
  let reason: string | null = null;
  const deny = (denied: Denial): Ended => {
    answer(request, response, denied);
    return { denied, reason, upstream };
  };
  if (verdict.verdict === "deny") return deny(verdict);
  const fail = (code: DenyCode, detail: string): Ended =>
    deny(denial(code, { host: verdict.host, port: ask.port, identity: ask.identity, rule: verdict.rule, detail }));
  const live = {
    identity: ask.identity,
    stillAllowed: (): boolean =>
      stillCovers(decide(context.policy(), ask), verdict.options, address, context.upstream().checkAddress),
    close: (why: string): void => {
      reason = why;
      request.socket.destroy();
      upstream?.destroy();
    },
  };
  if (!context.live.add(live)) return fail("too-many-connections", "");
  try {
    const opened = await openFor(context, verdict);
    if (!opened.ok) return fail(opened.code, opened.detail);
    upstream = opened.socket;
    address = opened.address;
    // The rules may have been swapped while the address was looked up.
    if (!live.stillAllowed()) live.close("rules-changed");
    const relayed = await relayRequest(request, response, opened.socket, ask.rawTarget ?? "");
    if (relayed.kind === "upstream-failed" && !response.headersSent) return fail("unreachable", relayed.detail);
    return { denied: null, reason: reason ?? (relayed.kind === "done" ? null : relayed.kind), upstream };
  } finally {
    context.live.delete(live);
    upstream?.destroy();
  }
}

async function openFor(context: GatewayContext, { options, host, port }: Allowed): Promise<Opened> {
  if (options.kind === "upstream") return openUpstream(context.upstream(), host, port, options.addresses);
  const socket = await context.parked.take(options.to);
  return socket === null ? { ok: false, code: "server-refused", detail: "" } : { ok: true, socket, address: null };
}

function askOf(identity: string, head: RequestHead, request: IncomingMessage): Ask {
  return {
    identity,
    scheme: "http",
    host: head.host,
    port: head.port,
    method: request.method ?? "",
    rawTarget: head.ok ? head.rawTarget : (request.url ?? ""),
    headers: request.rawHeaders,
  };
}

function answer(request: IncomingMessage, response: ServerResponse, denied: Denial): void {
  const body = denialBody(denied);
  // What is left of the request's body is not waited for.
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  };
  response.writeHead(denied.status, headers);
  response.end(body, () => setTimeout(() => request.socket.destroy(), LINGER_MS));
  request.resume();
}

const LINGER_MS = 1000;
