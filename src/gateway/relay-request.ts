import { type IncomingMessage, type ServerResponse, request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { endToEndHeaders } from "./hop-headers.ts";

/** How an exchange with an upstream went. */
export type Relayed =
  | { readonly kind: "done" }
  | { readonly kind: "client-left" }
  /** The upstream did not answer, or broke off; what is said to the client depends on whether an answer had begun. */
  | { readonly kind: "upstream-failed"; readonly detail: string };

/** Carries one request to an open upstream and its answer back, both bodies streamed with backpressure. */
export function relayRequest(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Socket,
  rawTarget: string,
): Promise<Relayed> {
  return new Promise((resolve) => {
    if (request.destroyed || response.destroyed) return resolve({ kind: "client-left" });
    const outgoing = httpRequest({
      // Without an agent, the socket that was checked is the one that is used.
      createConnection: () => upstream,
      method: request.method ?? "",
      path: rawTarget,
      headers: [...endToEndHeaders(request.rawHeaders), ...framingOf(request)],
      setHost: false,
    });
    const end = (how: Relayed): void => {
      outgoing.destroy();
      if (how.kind !== "done" && response.headersSent) response.destroy();
      resolve(how);
    };
    const upstreamFailed = (detail: string): void => end({ kind: "upstream-failed", detail });
    const clientLeft = (): void => end({ kind: "client-left" });
    outgoing.on("upgrade", () => upstreamFailed("it changed the protocol unasked"));
    outgoing.on("error", (error) => upstreamFailed("code" in error ? String(error.code) : "connection failed"));
    outgoing.on("continue", () => response.writeContinue());
    outgoing.on("response", (answered) => {
      const headers = [...endToEndHeaders(answered.rawHeaders)];
      response.writeHead(answered.statusCode ?? 502, answered.statusMessage ?? "", headers);
      answered.on("error", () => upstreamFailed("the answer broke off"));
      answered.on("end", () => {
        if (Object.keys(answered.trailers).length > 0) response.addTrailers(answered.trailers);
      });
      answered.pipe(response);
    });
    request.on("error", clientLeft);
    response.on("error", clientLeft);
    response.on("close", () => end({ kind: response.writableFinished ? "done" : "client-left" }));
    request.pipe(outgoing);
  });
}

function framingOf(request: IncomingMessage): readonly string[] {
  return request.headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"];
}
