import { type ServerHttp2Stream, type ServerStreamResponseOptions, constants } from "node:http2";
import { denialBody, denialType } from "../denial.ts";
import { type ClientEnd, type ClientRequest, isBodyless, teTrailers } from "../exchange/client-request.ts";
import type { Guards } from "../guards.ts";
import { type Inside, headerValues } from "../request-head.ts";
import { resetStream } from "../reset-stream.ts";
import { grpcDenial } from "./grpc-denial.ts";
import { readH2Head } from "./h2-head.ts";

/** A request that came as a stream of HTTP/2. `raw` are its headers, pseudo headers first. */
export function h2Request(
  identity: string,
  end: Inside,
  stream: ServerHttp2Stream,
  flags: number,
  raw: readonly string[],
  guards: Guards,
): ClientRequest {
  const read = readH2Head(end, raw, guards);
  const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  if (ended) stream.resume();
  return {
    identity,
    connection: stream.session ?? stream,
    scheme: end.scheme,
    version: "h2",
    ...read,
    // What follows a WebSocket's request on the stream is the WebSocket.
    body: ended || read.upgrade ? null : stream,
    wantsTrailers: teTrailers(headerValues(raw, "te")),
    end: h2End(stream, read.method, raw),
  };
}

function h2End(stream: ServerHttp2Stream, method: string, asked: readonly string[]): ClientEnd {
  let status: number | null = null;
  let trailers: readonly string[] = [];
  return {
    status: () => status,
    continue: () => {
      if (status === null && !stream.destroyed) stream.additionalHeaders({ ":status": 100 });
    },
    begin: (answered, _reason, rawHeaders, mayTrail) => {
      const endStream = isBodyless(method, answered);
      const headers = [":status", String(answered), ...lowerCase(rawHeaders)];
      const waitForTrailers = mayTrail && !endStream;
      if (waitForTrailers) stream.once("wantTrailers", () => sendTrailers(stream, trailers));
      respond(stream, headers, { endStream, waitForTrailers });
      status = answered;
      stream.once("finish", () => stopUpload(stream));
      return endStream ? null : stream;
    },
    trailers: (rawTrailers) => (trailers = rawTrailers),
    become: (rawHeaders) => {
      respond(stream, [":status", "200", ...lowerCase(rawHeaders)], {});
      status = 200;
      return stream;
    },
    deny: (denied) => {
      if (stream.destroyed || stream.headersSent) return resetStream(stream);
      status = denied.status;
      stream.resume();
      // Whoever leaves no room for the answer does not get it.
      const late = setTimeout(() => resetStream(stream), LINGER_MS);
      stream.once("close", () => clearTimeout(late));
      if (isGrpc(asked)) {
        respond(stream, grpcDenial(denied), { endStream: true });
        return stopUpload(stream);
      }
      const body = denialBody(denied);
      const length = String(Buffer.byteLength(body));
      const type = denialType(headerValues(asked, "user-agent")[0]);
      const headers = [":status", String(denied.status), "content-type", type, "content-length", length];
      respond(stream, headers, {});
      stream.end(body, () => stopUpload(stream));
    },
    abort: () => resetStream(stream),
    isGone: () => stream.destroyed,
    onGone: (gone) => {
      stream.once("close", () => {
        if (!stream.writableFinished) gone();
      });
      if (stream.destroyed) gone();
    },
  };
}

/** How long a refusal waits for a client to take it. */
const LINGER_MS = 5000;

/** The upstream's date or none: the gateway adds nothing to an answer. */
function respond(stream: ServerHttp2Stream, headers: readonly string[], options: ServerStreamResponseOptions): void {
  const undated = { ...options, sendDate: false };
  stream.respond(headers, undated);
}

/** A client that has its whole answer is not heard to the end of its body. */
function stopUpload(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
}

function sendTrailers(stream: ServerHttp2Stream, raw: readonly string[]): void {
  const trailers: Record<string, string[]> = {};
  for (let index = 0; index + 1 < raw.length; index += 2)
    (trailers[(raw[index] ?? "").toLowerCase()] ??= []).push(raw[index + 1] ?? "");
  stream.sendTrailers(trailers);
}

function lowerCase(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
}

function isGrpc(raw: readonly string[]): boolean {
  return headerValues(raw, "content-type").some((value) => /^application\/grpc(?:$|[+;])/i.test(value));
}
