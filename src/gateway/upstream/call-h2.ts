import { STATUS_CODES } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import { endToEndHeaders } from "../hop-headers.ts";
import { resetStream } from "../reset-stream.ts";
import type { UpstreamSession } from "./h2-sessions.ts";
import type { Answer, Call, Outgoing } from "./outgoing.ts";
import { pour } from "./pour.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Sends a request as one stream of an HTTP/2 connection. Throws UpstreamError when the connection takes none. */
export function callH2({ session, address }: UpstreamSession, outgoing: Outgoing, begin: () => () => void): Call {
  const { body } = outgoing;
  if (!outgoing.admit(address)) throw new UpstreamError("unreachable", "the rules have changed");
  const stream = opened(session, headersOf(outgoing), body === null);
  stream.on("close", begin());
  let trailers: readonly string[] = [];
  const answer = new Promise<Answer>((resolve, reject) => {
    stream.on("continue", outgoing.continued);
    stream.on("response", (_headers, flags, raw?: readonly string[]) => {
      const rawHeaders = raw ?? [];
      const status = Number(valueOf(rawHeaders, ":status"));
      resolve({
        status,
        reason: STATUS_CODES[status] ?? "",
        rawHeaders: endToEndHeaders(withoutPseudo(rawHeaders)),
        body: stream,
        mayHaveTrailers: (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0,
        trailers: () => trailers,
      });
    });
    stream.on("trailers", (_headers, _flags, raw?: readonly string[]) => (trailers = withoutPseudo(raw ?? [])));
    // Stays for the stream's whole life: no failure is ever unhandled.
    stream.on("error", () => undefined);
    stream.on("close", () => reject(refusalOf(stream.rstCode, body === null)));
  });
  if (body !== null) pour(body, stream, outgoing.sent, outgoing.share);
  return { answer, abort: () => resetStream(stream) };
}

function opened(session: ClientHttp2Session, headers: readonly string[], endStream: boolean): ClientHttp2Stream {
  try {
    return session.request([...headers], { endStream });
  } catch (error) {
    // It went away in this moment, so nothing was sent.
    throw new UpstreamError("unreachable", error instanceof Error ? error.message : "HTTP/2 failed", true);
  }
}

function headersOf(outgoing: Outgoing): readonly string[] {
  const { method, rawTarget, authority, rawHeaders, wantsTrailers } = outgoing;
  const pseudo = [":method", method, ":scheme", "https", ":authority", authority, ":path", rawTarget];
  const lower = rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
  return [...pseudo, ...lower, ...(wantsTrailers ? ["te", "trailers"] : [])];
}

function withoutPseudo(raw: readonly string[]): readonly string[] {
  return raw.filter((_, index) => !(raw[index - (index % 2)] ?? "").startsWith(":"));
}

function valueOf(raw: readonly string[], name: string): string | undefined {
  const at = raw.findIndex((text, index) => index % 2 === 0 && text === name);
  return at === -1 ? undefined : raw[at + 1];
}

function refusalOf(code: number | undefined, bodyless: boolean): UpstreamError {
  const unused = bodyless && code === constants.NGHTTP2_REFUSED_STREAM;
  const name = Object.entries(constants).find(([key, value]) => value === code && /^NGHTTP2_[A-Z_]+$/.test(key));
  return new UpstreamError("unreachable", `the stream was reset, ${name?.[0].slice(8) ?? String(code)}`, unused);
}
