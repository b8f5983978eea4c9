import { createHash } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { Guards } from "../guards.ts";
import { endToEndHeaders } from "../hop-headers.ts";
import { headerValues } from "../request-head.ts";
import { answerOf } from "./call-h1.ts";
import type { Answer, Outgoing } from "./outgoing.ts";
import { UpstreamError, brokenOff } from "./upstream-error.ts";

export type Upgraded =
  /** The connection is a WebSocket now. `rawHeaders` are without those of the connection. */
  | { readonly kind: "switched"; readonly rawHeaders: readonly string[]; readonly socket: Socket }
  /** The upstream answered like to any other request. */
  | { readonly kind: "answered"; readonly answer: Answer };

/**
 * Asks an upstream on a connection of its own to go on as a WebSocket. Only an answer that proves that the upstream understood
 * the question opens the tunnel: anything else could leave it reading requests that nobody judges.
 */
export function callUpgrade(socket: Socket, outgoing: Outgoing, key: string, guards: Guards): Promise<Upgraded> {
  const sent = request({
    // Without an agent, the connection that was checked is the one that is used.
    createConnection: () => socket,
    method: "GET",
    path: outgoing.rawTarget,
    headers: ["Host", outgoing.authority, ...outgoing.rawHeaders, "Connection", "Upgrade", "Upgrade", "websocket"],
    setHost: false,
  });
  return new Promise((resolve, reject) => {
    const fail = (error: UpstreamError): void => {
      socket.destroy();
      reject(error);
    };
    sent.on("error", (error) => fail(brokenOff(error)));
    sent.on("close", () => reject(new UpstreamError("unreachable", "it closed without an answer")));
    sent.on("response", (message) => resolve({ kind: "answered", answer: answerOf(message) }));
    sent.on("upgrade", (message, upgraded: Socket, early: Buffer) => {
      if (guards.has("websocket-proof") && !accepts(message, key))
        return fail(new UpstreamError("unreachable", "a wrong WebSocket handshake"));
      if (early.length > 0) upgraded.unshift(early);
      resolve({ kind: "switched", rawHeaders: endToEndHeaders(message.rawHeaders), socket: upgraded });
    });
    sent.end();
  });
}

function accepts(message: IncomingMessage, key: string): boolean {
  const accepted = headerValues(message.rawHeaders, "sec-websocket-accept");
  const protocols = headerValues(message.rawHeaders, "upgrade");
  return (
    message.statusCode === 101 &&
    protocols.length === 1 &&
    protocols[0]?.toLowerCase() === "websocket" &&
    accepted.length === 1 &&
    accepted[0] === acceptOf(key)
  );
}

/** RFC 6455, 4.2.2. */
function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
