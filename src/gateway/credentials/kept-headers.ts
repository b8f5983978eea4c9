import { headerKey } from "./header-key.ts";

/**
 * Headers that never go to a host with an injected credential, by `headerKey`: with them a client could act as somebody
 * logged in, do another thing than the rule allowed, or have the answer come in a form that cannot be scrubbed.
 */
const DROPPED = new Set([
  "cookie",
  "cookie2",
  "proxy-authorization",
  // Another method than the one that was judged.
  "x-http-method-override",
  "x-http-method",
  "x-method-override",
  "x-method",
  // Another path or host.
  "x-original-url",
  "x-original-uri",
  "x-original-host",
  "x-rewrite-url",
  "x-forwarded-host",
  "x-forwarded-uri",
  "x-forwarded-path",
  "x-forwarded-prefix",
  "x-http-host-override",
  "x-host",
  "forwarded",
  // Half of a secret in each of two answers.
  "range",
  "if-range",
  "request-range",
  "x-range",
  // Deltas, other alphabets, and compression inside of messages.
  "a-im",
  "accept-charset",
  "available-dictionary",
  "sec-websocket-extensions",
  "grpc-accept-encoding",
]);

/** Codings of which the gateway can undo each. */
export const READABLE_CODINGS: ReadonlySet<string> = new Set(["gzip", "x-gzip", "deflate", "br", "zstd", "identity"]);

/** What of a client's headers goes to a host with an injected credential. */
export function keptHeaders(rawHeaders: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    const key = headerKey(name);
    if (DROPPED.has(key) || name.startsWith(":")) continue;
    kept.push(name, key === "accept-encoding" ? readableCodings(value) : value);
  }
  return kept;
}

/** Without the headers of these names, in whatever spelling. */
export function withoutCarriers(rawHeaders: readonly string[], names: readonly string[]): readonly string[] {
  const keys = new Set(names.map(headerKey));
  return rawHeaders.filter((_, index) => !keys.has(headerKey(rawHeaders[index - (index % 2)] ?? "")));
}

function readableCodings(value: string): string {
  const readable = value
    .split(",")
    .map((each) => each.trim())
    .filter((each) => READABLE_CODINGS.has((each.split(";")[0] ?? "").trim().toLowerCase()));
  return readable.length === 0 ? "identity" : readable.join(", ");
}
