import { type Authority, parseAbsoluteForm, parseAuthority } from "./authority.ts";
import { canonicalHost, hostText } from "./canonical-host.ts";
import type { DenyCode } from "./denial.ts";
import { type Guards, WHOLE } from "./guards.ts";
import { OWN_ROUTE, isLoopback } from "./own-route.ts";

/** Where a client's HTTP connection leads: to whatever each request names, or to one host. */
export type HttpEnd = { readonly kind: "proxy" } | Inside;

export interface Inside {
  readonly kind: "inside";
  /** `https` = its TLS ended in the gateway. */
  readonly scheme: Scheme;
  /** Canonical. */
  readonly host: string;
  readonly port: number;
}

export type Scheme = "http" | "https";

export interface RequestLine {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** Names and values by turns, as they were sent. */
  readonly rawHeaders: readonly string[];
}

export type RequestHead =
  | { readonly ok: true; readonly host: string; readonly port: number; readonly rawTarget: string }
  | {
      readonly ok: false;
      readonly code: DenyCode;
      readonly host: string;
      readonly port: number;
      readonly detail: string;
    };

const DEFAULT_PORT = { http: 80, https: 443 } as const satisfies Record<Scheme, number>;

/** Finds the one host, port and origin-form target that a request means, or refuses it as ambiguous. */
export function readRequestHead(end: HttpEnd, line: RequestLine, guards: Guards = WHOLE): RequestHead {
  const known = end.kind === "inside" ? end : { host: "", port: 0 };
  const refuse = (code: DenyCode, detail: string): RequestHead => ({
    ok: false,
    code,
    host: known.host,
    port: known.port,
    detail,
  });
  const framing = guards.has("framing") ? framingRefusal(line.rawHeaders) : null;
  if (framing !== null) return refuse("request-refused", framing);
  const hosts = headerValues(line.rawHeaders, "host");
  const [hostHeader] = hosts;
  if (hostHeader === undefined || (hosts.length > 1 && guards.has("one-host")))
    return refuse("request-refused", "exactly one Host header is needed");
  if (end.kind === "inside") {
    const same = namesTheEnd(end, hostHeader);
    if (same === null) return refuse("request-refused", "the Host header");
    if (guards.has("origin-form") && !line.target.startsWith("/") && line.target !== "*")
      return refuse("request-refused", "the target must be in origin form here");
    if (!same && guards.has("one-host")) return refuse("name-mismatch", "Host header");
    return { ok: true, host: end.host, port: end.port, rawTarget: line.target };
  }
  const named = parseAuthority(hostHeader, DEFAULT_PORT.http);
  if (named === null) return refuse("request-refused", "the Host header");
  // What asks the proxy as if it were a server means the gateway: SDKs take keys over http from loopback addresses alone.
  if (line.target.startsWith("/") && isLoopback(named.host))
    return { ok: true, host: OWN_ROUTE.name, port: OWN_ROUTE.port, rawTarget: line.target };
  const absolute = parseAbsoluteForm(line.target);
  if (absolute === null)
    return refuse("request-refused", "a proxy request needs http://host/path; for https use CONNECT");
  if (!sameAuthority(named, absolute.authority) && guards.has("one-host"))
    return refuse("name-mismatch", "Host header");
  return { ok: true, host: absolute.authority.host, port: absolute.authority.port, rawTarget: absolute.rawTarget };
}

/** Whether a Host header or `:authority` names the host and port of its connection; null = it cannot be read. */
export function namesTheEnd(end: Inside, authority: string): boolean | null {
  const named = parseAuthority(authority, DEFAULT_PORT[end.scheme]);
  return named === null ? null : sameAuthority(named, end);
}

/** The authority that CONNECT names; its Host header, where there is one, must say the same. */
export function readConnectHead(line: RequestLine): RequestHead {
  const authority = parseAuthority(line.target, null);
  const refuse = (code: DenyCode, detail: string): RequestHead => ({ ok: false, code, host: "", port: 0, detail });
  if (authority === null) return refuse("request-refused", "CONNECT needs host:port");
  const hosts = headerValues(line.rawHeaders, "host");
  if (hosts.length > 1) return refuse("request-refused", "two Host headers");
  const named = hosts[0] === undefined ? authority : parseAuthority(hosts[0], authority.port);
  if (named === null || !sameAuthority(named, authority)) return refuse("name-mismatch", "Host header");
  return { ok: true, host: authority.host, port: authority.port, rawTarget: "" };
}

/** The values of a header in the order they were sent. `name` in lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const each = rawHeaders[index] ?? "";
    // Every request is asked for some ten names: most differ by their length alone.
    if (each.length === name.length && each.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? "");
  }
  return values;
}

/** Two ends could disagree on where such a request's body ends. */
function framingRefusal(rawHeaders: readonly string[]): string | null {
  const lengths = headerValues(rawHeaders, "content-length");
  const encodings = headerValues(rawHeaders, "transfer-encoding");
  if (lengths.length > 0 && encodings.length > 0) return "Content-Length and Transfer-Encoding together";
  if (lengths.length > 1 || lengths.some((length) => !/^[0-9]{1,15}$/.test(length))) return "the Content-Length";
  if (encodings.length > 1 || encodings.some((encoding) => encoding.toLowerCase() !== "chunked"))
    return "the Transfer-Encoding";
  return null;
}

function sameAuthority(a: Authority, b: Authority): boolean {
  // What is no host at all is refused as that, by decide().
  if (a.host === b.host && a.port === b.port) return true;
  const host = hostText(canonicalHost(a.host));
  return host !== null && host === hostText(canonicalHost(b.host)) && a.port === b.port;
}
