import { type Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { endToEndHeaders } from "../hop-headers.ts";
import { headerValues } from "../request-head.ts";
import type { Answer, Call, Outgoing } from "./outgoing.ts";
import { pour } from "./pour.ts";
import { UpstreamError, brokenOff } from "./upstream-error.ts";

/** What an upstream may send in front of its body. */
const ANSWER_HEAD_BYTES = 64 * 1024;

/** Where the connection for a request comes from: an agent that keeps connections, or one that is there already. */
export type Line = { readonly agent: Agent; readonly more: object } | { readonly socket: Socket };

/** Sends a request over HTTP/1.1. */
export function callH1(line: Line, outgoing: Outgoing, addressOf: (socket: Socket) => string | null): Call {
  const sent = request({
    ...("agent" in line ? { agent: line.agent, ...line.more } : { createConnection: () => line.socket }),
    method: outgoing.method,
    path: outgoing.rawTarget,
    headers: [...headersOf(outgoing)],
    setHost: false,
    maxHeaderSize: ANSWER_HEAD_BYTES,
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    // The first moment at which the connection is known, and the last before the head is written to it.
    sent.on("socket", (socket) => {
      if (!outgoing.admit(addressOf(socket))) sent.destroy(new UpstreamError("unreachable", "the rules have changed"));
    });
    sent.on("upgrade", (_answer, upgraded) => {
      upgraded.destroy();
      reject(new UpstreamError("unreachable", "it changed the protocol unasked"));
    });
    sent.on("error", (error) => reject(brokenOff(error, sent.reusedSocket && outgoing.body === null)));
    const left = (): void => reject(new UpstreamError("unreachable", "it closed without an answer"));
    sent.on("close", left);
    sent.on("continue", outgoing.continued);
    sent.on("response", (message) => {
      // Every request closes; an error that nobody hears would still cost its stack.
      sent.off("close", left);
      resolve(answerOf(message));
    });
  });
  if (outgoing.body === null) sent.end();
  else pour(outgoing.body, sent, outgoing.sent, outgoing.share);
  return { answer, abort: () => sent.destroy() };
}

/** What an upstream said, ready to be relayed. */
export function answerOf(message: IncomingMessage): Answer {
  return {
    status: message.statusCode ?? 502,
    reason: message.statusMessage ?? "",
    rawHeaders: endToEndHeaders(message.rawHeaders),
    body: message,
    mayHaveTrailers: message.headers["transfer-encoding"] !== undefined,
    trailers: () => message.rawTrailers,
  };
}

function headersOf(outgoing: Outgoing): readonly string[] {
  const { authority, rawHeaders } = outgoing;
  return ["Host", authority, ...oneCookie(rawHeaders), ...framingOf(outgoing)];
}

/** Methods of which servers expect to hear that there is no body. */
const BODIED = new Set(["POST", "PUT", "PATCH"]);

function framingOf({ method, body, rawHeaders }: Outgoing): readonly string[] {
  if (headerValues(rawHeaders, "content-length").length > 0) return [];
  if (body !== null) return ["Transfer-Encoding", "chunked"];
  return BODIED.has(method) ? ["Content-Length", "0"] : [];
}

/** HTTP/2 may split the cookies over fields; HTTP/1.1 has one. */
function oneCookie(rawHeaders: readonly string[]): readonly string[] {
  const cookies = headerValues(rawHeaders, "cookie");
  if (cookies.length < 2) return rawHeaders;
  const others = rawHeaders.filter((_, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== "cookie");
  return [...others, "Cookie", cookies.join("; ")];
}
