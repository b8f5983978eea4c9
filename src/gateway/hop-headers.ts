import { type Guards, WHOLE } from "./guards.ts";

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
  const named = new Set(HOP);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== "connection") continue;
    for (const word of (rawHeaders[index + 1] ?? "").split(",")) named.add(word.trim().toLowerCase());
  }
  // Neither side may make the gateway drop what frames, names or authorizes the request.
  for (const kept of ["host", "content-length", "cookie", "authorization"]) named.delete(kept);
  return without(rawHeaders, named);
}

/** The headers but those of these names, which are in lower case. */
export function without(rawHeaders: readonly string[], names: ReadonlySet<string>): readonly string[] {
  return rawHeaders.filter((_, index) => !names.has((rawHeaders[index - (index % 2)] ?? "").toLowerCase()));
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
