import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { answerRaw } from "./answer-raw.ts";
import { type Denial, type DenyCode, denial } from "./denial.ts";
import { ExchangeClock } from "./exchange-clock.ts";
import type { GatewayContext } from "./gateway-context.ts";
import type { ClientRequest } from "./exchange/client-request.ts";
import { exchange } from "./exchange/exchange.ts";
import { h1Request } from "./exchange/h1-request.ts";
import { h1Upgrade } from "./exchange/h1-upgrade.ts";
import { type HttpEnd, type RequestHead, headerValues, readConnectHead } from "./request-head.ts";

/** One client's HTTP connection. */
export interface HttpPeer {
  readonly identity: string;
  readonly end: HttpEnd;
  /** Takes over a connection that asked for CONNECT; null where CONNECT is refused. */
  readonly tunnel: ((socket: Socket, host: string, port: number) => void) | null;
}

/** Reads a connection as HTTP until it is closed. */
export type ServePeer = (socket: Socket, peer: HttpPeer) => Promise<void>;

const HEAD_LIMIT_BYTES = 16 * 1024;
/** Requests of one connection that wait for their answers. apt sends ten at once, and hardly anybody else more than one. */
const PIPELINED = 16;

/** The HTTP side of the gateway: every connection that is read as HTTP/1.1 comes here. */
export function httpEnd(context: GatewayContext): ServePeer {
  const peers = new WeakMap<Duplex, HttpPeer>();
  const clock = new ExchangeClock(context.timeouts.keepAliveMs);
  const server = createServer({
    maxHeaderSize: HEAD_LIMIT_BYTES,
    requireHostHeader: false,
    keepAliveTimeout: 0,
    noDelay: true,
    insecureHTTPParser: !context.guards.has("framing"),
    // Whatever else a client wants to become, its request is answered as an ordinary one.
    shouldUpgradeCallback: asksForWebSocket,
  });
  server.setTimeout(context.timeouts.idleMs);
  // Zero = every header is seen; the limit is in bytes. Otherwise a second Host could hide behind the 2000th header.
  server.maxHeadersCount = 0;

  const judged = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const peer = peers.get(socket);
    clock.begin(socket);
    response.once("close", () => clock.end(socket));
    if (peer === undefined || clock.running(socket) > PIPELINED) return void socket.destroy();
    carry(h1Request(peer.identity, peer.end, request, response, context.guards));
  };
  const carry = (request: ClientRequest): void => {
    exchange(context, request).catch((error: unknown) => {
      context.log.event("exchange-failed", { reason: error instanceof Error ? error.stack : String(error) });
      request.end.abort();
    });
  };
  server.on("request", judged);
  server.on("checkContinue", judged);
  server.on("upgrade", (request, socket: Duplex, early: Buffer) => {
    const peer = peers.get(socket);
    const busy = clock.busy(socket);
    clock.begin(socket);
    // A question that is asked behind another one that has no answer yet.
    if (peer === undefined || busy) return void socket.destroy();
    // Only sockets of the gateway's own are peers.
    carry(h1Upgrade(peer.identity, peer.end, request, socket as Socket, early, context.guards));
  });
  server.on("connect", (request, socket: Duplex, rest: Buffer) => {
    const peer = peers.get(socket);
    clock.leave(socket);
    if (peer === undefined || clock.busy(socket)) return void socket.destroy();
    const { rawHeaders } = request;
    const head = readConnectHead({ method: "CONNECT", target: request.url ?? "", rawHeaders });
    const refused = connectRefusal(peer, head);
    if (refused !== null) return refuse(context, socket, peer, head.port, refused);
    if (rest.length > 0) socket.unshift(rest);
    // Only sockets of the gateway's own listener are peers.
    if (head.ok) peer.tunnel?.(socket as Socket, head.host, head.port);
  });
  server.on("clientError", (error, socket) => {
    const peer = peers.get(socket);
    clock.leave(socket);
    // In the middle of an answer another one would be taken for its body.
    if (peer === undefined || !socket.writable || clock.busy(socket)) return void socket.destroy();
    const { host, port } = peer.end.kind === "inside" ? peer.end : { host: "", port: 0 };
    const detail = "code" in error ? String(error.code) : "its bytes";
    refuse(
      context,
      socket,
      peer,
      port,
      denial("request-refused", { host, port, identity: peer.identity, rule: null, detail }),
    );
  });

  return (socket, peer) =>
    new Promise((resolve) => {
      if (socket.destroyed) return resolve();
      peers.set(socket, peer);
      socket.once("close", () => {
        clock.leave(socket);
        resolve();
      });
      clock.expect(socket, context.timeouts.headMs);
      server.emit("connection", socket);
    });
}

function connectRefusal(peer: HttpPeer, head: RequestHead): Denial | null {
  const facts = { host: head.host, port: head.port, identity: peer.identity, rule: null };
  const refusal = (code: DenyCode, detail: string): Denial => denial(code, { ...facts, detail });
  if (peer.tunnel === null) return refusal("nested-connect", "");
  return head.ok ? null : refusal(head.code, head.detail);
}

function asksForWebSocket(request: IncomingMessage): boolean {
  return headerValues(request.rawHeaders, "upgrade").some((value) => value.trim().toLowerCase() === "websocket");
}

/** Refuses what never became a request. */
function refuse(context: GatewayContext, socket: Duplex, peer: HttpPeer, port: number, denied: Denial): void {
  answerRaw(socket, denied);
  context.log.decided({
    sandbox: peer.identity,
    via: "http",
    host: denied.host,
    port,
    method: null,
    path: null,
    rule: denied.rule,
    verdict: "deny",
    code: denied.code,
    status: denied.status,
    bytesSent: 0,
    bytesReceived: 0,
    durationMs: 0,
  });
}
