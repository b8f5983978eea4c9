import { type Guards, WHOLE } from "./guards.ts";
import { headerValues } from "./request-head.ts";

/** Headers that speak about one connection, not about the exchange. */
const HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** The headers of one leg that belong on the other, in their order and spelling, without what `Connection` names. */
export function endToEndHeaders(rawHeaders: readonly string[], guards: Guards = WHOLE): readonly string[] {
  if (!guards.has("hop-headers")) return rawHeaders;
  const words = headerValues(rawHeaders, "connection").flatMap((value) => value.split(","));
  const named = words.map((word) => word.trim().toLowerCase()).filter((word) => !HOP.has(word) && !KEPT.has(word));
  return without(rawHeaders, named.length === 0 ? HOP : new Set([...HOP, ...named]));
}

/** Neither side may make the gateway drop what frames, names or authorizes the request. */
const KEPT = new Set(["host", "content-length", "cookie", "authorization"]);

/** The headers but those of these names, which are in lower case. */
export function without(rawHeaders: readonly string[], names: ReadonlySet<string>): readonly string[] {
  const left: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!names.has(name.toLowerCase())) left.push(name, rawHeaders[index + 1] ?? "");
  }
  return left;
}

/** What may not stand behind a body: it would frame, route or authorize a message that has been acted on already. */
const NEVER_TRAILING = new Set([
  ...HOP,
  "authorization",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "expect",
  "host",
  "location",
  "set-cookie",
  "trailer",
  "www-authenticate",
]);

/** The trailers of an answer that its client gets. */
export function endToEndTrailers(rawTrailers: readonly string[]): readonly string[] {
  return without(rawTrailers, NEVER_TRAILING);
}
