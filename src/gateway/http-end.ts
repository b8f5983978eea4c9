import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Denial, type DenyCode, denial, denialBody } from "./denial.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { exchange } from "./http-exchange.ts";
import { type HttpEnd, type RequestHead, readConnectHead, readRequestHead } from "./request-head.ts";

/** One client's HTTP connection. */
export interface HttpPeer {
  readonly identity: string;
  readonly end: HttpEnd;
  /** Takes over a connection that asked for CONNECT; null where CONNECT is refused. */
  readonly tunnel: ((socket: Socket, host: string, port: number) => void) | null;
}

export type ServePeer = (socket: Socket, peer: HttpPeer) => Promise<void>;

const HEAD_LIMIT_BYTES = 16 * 1024;

/** The HTTP side of the gateway: every connection that is read as HTTP/1.1 comes here. */
export function httpEnd(context: GatewayContext): ServePeer {
  const peers = new WeakMap<Duplex, HttpPeer>();
  const server = createServer({
    maxHeaderSize: HEAD_LIMIT_BYTES,
    requireHostHeader: false,
    keepAliveTimeout: 0,
    noDelay: true,
    joinDuplicateHeaders: false,
  });
  // Zero = every header is seen; the limit is in bytes. Otherwise a second Host could hide behind the 2000th header.
  server.maxHeadersCount = 0;
  const heads = headClocks();

  const judged = (request: IncomingMessage, response: ServerResponse): void => {
    const peer = peers.get(request.socket);
    heads.arrived(request.socket);
    response.once("close", () => heads.expect(request.socket, context.timeouts.keepAliveMs));
    if (peer === undefined) return void request.socket.destroy();
    exchange(context, peer.identity, readRequestHead(peer.end, lineOf(request)), request, response).catch(
      (error: unknown) => {
        context.log.event("exchange-failed", { reason: String(error) });
        request.socket.destroy();
      },
    );
  };
  server.on("request", judged);
  server.on("checkContinue", judged);
  server.on("connect", (request, socket: Duplex, rest: Buffer) => {
    const peer = peers.get(socket);
    heads.arrived(socket);
    if (peer === undefined) return void socket.destroy();
    const head = readConnectHead(lineOf(request));
    const refused = connectRefusal(peer, head);
    if (refused !== null) {
      answerRaw(socket, refused);
      return logRefusal(context, peer.identity, head, refused, "CONNECT");
    }
    if (rest.length > 0) socket.unshift(rest);
    // Only sockets of the gateway's own listener are peers.
    if (head.ok) peer.tunnel?.(socket as Socket, head.host, head.port);
  });
  server.on("clientError", (error, socket) => {
    const peer = peers.get(socket);
    const facts = {
      host: "",
      port: 0,
      identity: peer?.identity ?? "",
      rule: null,
      detail: "code" in error ? String(error.code) : "bytes",
    };
    if (socket.writable) answerRaw(socket, denial("request-refused", facts));
    else socket.destroy();
  });

  return (socket, peer) =>
    new Promise((resolve) => {
      peers.set(socket, peer);
      socket.once("close", () => resolve());
      heads.expect(socket, context.timeouts.headMs);
      if (socket.destroyed) return resolve();
      server.emit("connection", socket);
    });
}

/** Answers a denial on a connection that no ServerResponse belongs to, and closes it. */
export function answerRaw(socket: Duplex, denied: Denial): void {
  const body = denialBody(denied);
  const head = [
    `HTTP/1.1 ${denied.status} ${STATUS_WORDS[denied.status] ?? "Refused"}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS);
}

const LINGER_MS = 1000;
const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  421: "Misdirected Request",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

function connectRefusal(peer: HttpPeer, head: RequestHead): Denial | null {
  const facts = { host: head.host, port: head.port, identity: peer.identity, rule: null };
  const refuse = (code: DenyCode, detail: string): Denial => denial(code, { ...facts, detail });
  if (peer.tunnel === null) return refuse("nested-connect", "");
  return head.ok ? null : refuse(head.code, head.detail);
}

function lineOf(request: IncomingMessage): {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
} {
  return { method: request.method ?? "", target: request.url ?? "", rawHeaders: request.rawHeaders };
}

function logRefusal(
  context: GatewayContext,
  identity: string,
  head: RequestHead,
  denied: Denial,
  method: string,
): void {
  const { host, code, rule, status } = denied;
  const size = { bytesSent: 0, bytesReceived: 0, durationMs: 0 };
  context.log.decided({
    sandbox: identity,
    via: "connect",
    host,
    port: head.port,
    method,
    path: null,
    rule,
    verdict: "deny",
    code,
    status,
    ...size,
  });
}

/** Ends connections whose next request head does not arrive in time. A Server that does not listen has no such clock itself. */
function headClocks(): {
  readonly expect: (socket: Duplex, ms: number) => void;
  readonly arrived: (socket: Duplex) => void;
} {
  const clocks = new WeakMap<Duplex, NodeJS.Timeout>();
  const arrived = (socket: Duplex): void => clearTimeout(clocks.get(socket));
  return {
    arrived,
    expect(socket, ms) {
      arrived(socket);
      if (socket.destroyed) return;
      clocks.set(socket, setTimeout(() => socket.destroy(), ms).unref());
      socket.once("close", () => arrived(socket));
    },
  };
}
