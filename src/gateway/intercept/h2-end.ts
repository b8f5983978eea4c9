import { type ServerHttp2Session, type ServerHttp2Stream, performServerHandshake } from "node:http2";
import type { TLSSocket } from "node:tls";
import { exchange } from "../exchange/exchange.ts";
import { ExchangeClock } from "../exchange-clock.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { Inside } from "../request-head.ts";
import { h2Request } from "./h2-request.ts";

/** Streams that one connection may have open; a sandbox's limit counts them too. */
const STREAMS = 100;
/** What a client may send before the upstream has taken it: for one stream, and for all of a connection. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 1024 * 1024;
/** For the answer to reach the client. */
const LINGER_MS = 1000;
const HEAD_LIMIT_BYTES = 16 * 1024;

/** What Node and nghttp2 bound by themselves, at values for one agent and not for a public server. */
const LIMITS = {
  /** In MB: streams beyond it are refused. */
  maxSessionMemory: 8,
  maxHeaderListPairs: 256,
  maxSettings: 32,
  maxOutstandingPings: 10,
  maxSessionInvalidFrames: 50,
  maxSessionRejectedStreams: 50,
  /** Streams that a client may open and reset at once, and by the second after that. */
  streamResetBurst: 200,
  streamResetRate: 20,
} as const;

/** Reads a connection as HTTP/2 until it is closed; each stream is judged by itself. */
export function serveH2(context: GatewayContext, tls: TLSSocket, identity: string, end: Inside): Promise<void> {
  return new Promise((resolve) => {
    if (tls.destroyed) return resolve();
    // In HTTP/2 nobody hears an answer on a connection whose own side has ended.
    tls.allowHalfOpen = false;
    const session = performServerHandshake(tls, {
      ...LIMITS,
      settings: {
        enableConnectProtocol: true,
        maxConcurrentStreams: STREAMS,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: HEAD_LIMIT_BYTES,
      },
    });
    const clock = new ExchangeClock(context.timeouts.keepAliveMs);
    clock.expect(tls, context.timeouts.headMs);
    // Before any await: no failure of this connection is ever unhandled.
    session.on("error", () => session.destroy());
    const over = (): void => {
      clock.leave(tls);
      session.destroy();
      tls.destroy();
      resolve();
    };
    // A session that closes in order waits for its client; a connection that is gone is over, whatever its session says.
    session.once("close", over);
    tls.once("close", over);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    session.on("stream", (stream: ServerHttp2Stream, _headers, flags, raw?: readonly string[]) => {
      stream.on("error", () => undefined);
      // Reset behind its headers, before anybody could hear of it: there is nobody to answer, and no close to come.
      if (stream.destroyed) return;
      clock.begin(tls);
      stream.once("close", () => clock.end(tls));
      stream.setTimeout(context.timeouts.idleMs, () => stream.destroy());
      serve(context, session, h2Request(identity, end, stream, flags, raw ?? [], context.guards));
    });
  });
}

function serve(context: GatewayContext, session: ServerHttp2Session, request: ReturnType<typeof h2Request>): void {
  exchange(context, request)
    .catch((error: unknown) => {
      context.log.event("exchange-failed", { reason: error instanceof Error ? error.stack : String(error) });
      request.end.abort();
    })
    .finally(() => {
      // Whoever names another host than its connection's gets no second try on it.
      if (request.head.ok || request.head.code !== "name-mismatch") return;
      session.close();
      // Such a session may wait for ever for a client that takes no answers, and does not even see it go.
      setTimeout(() => session.destroy(), LINGER_MS);
    });
}
