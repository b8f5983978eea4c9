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
export function endToEndHeaders(rawHeaders: readonly string[]): readonly string[] {
  const named = new Set(HOP);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== "connection") continue;
    for (const word of (rawHeaders[index + 1] ?? "").split(",")) named.add(word.trim().toLowerCase());
  }
  // A client must not make the gateway drop what frames or names the request.
  for (const kept of ["host", "content-length", "cookie", "authorization"]) named.delete(kept);
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)] ?? "";
    return !named.has(name.toLowerCase());
  });
}
