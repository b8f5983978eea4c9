import type { IncomingMessage, ServerResponse } from "node:http";
import { denialBody, denialType } from "../denial.ts";
import type { Guards } from "../guards.ts";
import { type HttpEnd, headerValues, readRequestHead } from "../request-head.ts";
import { type ClientEnd, type ClientRequest, isBodyless, teTrailers } from "./client-request.ts";

/** A request that came over HTTP/1.1. */
export function h1Request(
  identity: string,
  end: HttpEnd,
  request: IncomingMessage,
  response: ServerResponse,
  guards: Guards,
): ClientRequest {
  const bodied = hasBody(request);
  if (!bodied) request.resume();
  return { ...h1Facts(identity, end, request, guards), body: bodied ? request : null, end: h1End(request, response) };
}

/** What a request says of itself, without its body and the way back. */
export function h1Facts(
  identity: string,
  end: HttpEnd,
  request: IncomingMessage,
  guards: Guards,
): Omit<ClientRequest, "body" | "end"> {
  const { rawHeaders } = request;
  const method = request.method ?? "";
  const target = request.url ?? "";
  return {
    identity,
    connection: request.socket,
    scheme: end.kind === "inside" ? end.scheme : "http",
    version: "h1",
    head: readRequestHead(end, { method, target, rawHeaders }, guards),
    method,
    target,
    named: headerValues(rawHeaders, "host").at(-1) ?? null,
    rawHeaders,
    upgrade: false,
    wantsTrailers: teTrailers(headerValues(rawHeaders, "te")),
  };
}

export function hasBody(request: IncomingMessage): boolean {
  const lengths = headerValues(request.rawHeaders, "content-length");
  return lengths.some((length) => /[1-9]/.test(length)) || request.headers["transfer-encoding"] !== undefined;
}

const LINGER_MS = 1000;

/** The way back of an ordinary request. */
export function h1End(request: IncomingMessage, response: ServerResponse): ClientEnd {
  response.sendDate = false;
  // Before any await: no failure of this exchange is ever unhandled.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  return {
    status: () => (response.headersSent ? response.statusCode : null),
    continue: () => {
      if (!response.headersSent && !response.destroyed) response.writeContinue();
    },
    begin: (status, reason, rawHeaders) => {
      response.writeHead(status, reason, [...rawHeaders]);
      if (!isBodyless(request.method ?? "", status)) {
        flushSoon(response);
        return response;
      }
      response.end();
      return null;
    },
    trailers: (rawTrailers) => response.addTrailers(pairsOf(rawTrailers)),
    become: () => {
      throw new Error("an ordinary request becomes nothing else");
    },
    deny: (denied) => {
      const body = denialBody(denied);
      // What is left of the request's body is not waited for.
      response.writeHead(denied.status, {
        "Content-Type": denialType(request.headers["user-agent"]),
        "Content-Length": Buffer.byteLength(body),
        Connection: "close",
      });
      response.end(body, () => setTimeout(() => request.socket.destroy(), LINGER_MS));
      request.resume();
    },
    abort: () => request.socket.destroy(),
    isGone: () => response.destroyed,
    onGone: (gone) => {
      response.once("close", () => {
        if (!response.writableFinished) gone();
      });
      if (response.destroyed) gone();
    },
  };
}

/** A head goes out with the first bytes of its body, or by itself when they are not there yet. */
function flushSoon(response: ServerResponse): void {
  setImmediate(() => {
    if (!response.destroyed && !response.writableEnded) response.flushHeaders();
  });
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ""] satisfies [string, string]] : [],
  );
}
