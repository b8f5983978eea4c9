import type { DenyCode } from "../denial.ts";
import { type Guards, WHOLE } from "../guards.ts";
import { type Inside, type RequestHead, headerValues, namesTheEnd } from "../request-head.ts";

/** What a stream's headers say. */
export interface H2Head {
  readonly head: RequestHead;
  readonly method: string;
  readonly target: string;
  /** The last host that is named; null = none. */
  readonly named: string | null;
  /** Without pseudo headers. */
  readonly rawHeaders: readonly string[];
  readonly upgrade: boolean;
}

/** Fields that HTTP/2 has other means for; on a leg of HTTP/1.1 they would frame the message anew. */
const OF_CONNECTIONS = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] as const;
const HEAD_LIMIT_BYTES = 16 * 1024;

/** Finds the one host, method and target that a stream of HTTP/2 means, or refuses it as ambiguous. Never throws. */
export function readH2Head(end: Inside, raw: readonly string[], guards: Guards = WHOLE): H2Head {
  const rawHeaders = raw.filter((_, index) => !(raw[index - (index % 2)] ?? "").startsWith(":"));
  const pseudo = (name: string): string | null => headerValues(raw, name)[0] ?? null;
  const method = pseudo(":method") ?? "";
  const target = pseudo(":path") ?? "";
  const named = headerValues(rawHeaders, "host").at(-1) ?? pseudo(":authority");
  const upgrade = method === "CONNECT" && pseudo(":protocol") === "websocket";
  const refusal = refusalOf(end, raw, rawHeaders, upgrade, guards);
  const head: RequestHead =
    refusal === null
      ? { ok: true, host: end.host, port: end.port, rawTarget: target }
      : { ok: false, ...refusal, host: end.host, port: end.port };
  // What a WebSocket asks for by CONNECT it would ask for by GET on HTTP/1.1, and it is judged as that.
  return { head, method: upgrade ? "GET" : method, target, named, rawHeaders, upgrade };
}

interface Refusal {
  readonly code: DenyCode;
  readonly detail: string;
}

function refusalOf(
  end: Inside,
  raw: readonly string[],
  rawHeaders: readonly string[],
  upgrade: boolean,
  guards: Guards,
): Refusal | null {
  const refused = (detail: string): Refusal => ({ code: "request-refused", detail });
  const size = raw.reduce((sum, text) => sum + text.length, 0);
  if (size > HEAD_LIMIT_BYTES) return refused("more than 16 KiB of headers");
  for (const name of [":method", ":scheme", ":path", ":authority", ":protocol"])
    if (headerValues(raw, name).length > 1) return refused(`${name} twice`);
  const [method] = headerValues(raw, ":method");
  if (method === "CONNECT" && !upgrade) return { code: "nested-connect", detail: "" };
  if (!upgrade && headerValues(raw, ":protocol").length > 0) return refused("the :protocol");
  if (headerValues(raw, ":scheme")[0] !== end.scheme) return refused("the :scheme");
  const malformed = fieldRefusal(rawHeaders);
  if (malformed !== null) return refused(malformed);
  return guards.has("one-host") ? hostRefusal(end, raw, rawHeaders) : null;
}

function fieldRefusal(rawHeaders: readonly string[]): string | null {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(rawHeaders[index] ?? "")) return "the name of a header";
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(rawHeaders[index + 1] ?? "")) return "the value of a header";
  }
  const own = OF_CONNECTIONS.find((name) => headerValues(rawHeaders, name).length > 0);
  if (own !== undefined) return `${own} in HTTP/2`;
  const lengths = headerValues(rawHeaders, "content-length");
  return lengths.length > 1 || lengths.some((length) => !/^[0-9]{1,15}$/.test(length)) ? "the Content-Length" : null;
}

/** `:authority` or Host names the connection's own host, and when both are there, both do. */
function hostRefusal(end: Inside, raw: readonly string[], rawHeaders: readonly string[]): Refusal | null {
  const authorities = headerValues(raw, ":authority");
  const hosts = headerValues(rawHeaders, "host");
  if (hosts.length > 1 || authorities.length + hosts.length === 0)
    return { code: "request-refused", detail: "exactly one host must be named" };
  for (const [named, what] of [
    [authorities[0], ":authority"],
    [hosts[0], "Host header"],
  ] as const) {
    if (named === undefined) continue;
    const same = namesTheEnd(end, named);
    if (same === null) return { code: "request-refused", detail: `the ${what}` };
    if (!same) return { code: "name-mismatch", detail: what };
  }
  return null;
}
