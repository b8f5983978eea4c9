import { type Ask, type Verdict, decide } from "./decide.ts";
import type { Policy } from "./policy.ts";

/**
 * What the gateway would say to this, from the first byte on: the connection is judged as it is opened, and what is in it only
 * where somebody reads it. Through a tunnel goes whatever the client says.
 */
export function explain(policy: Policy | null, ask: Ask): Verdict {
  if (ask.scheme === "tcp") return decide(policy, ask);
  const connection = decide(policy, { ...ask, scheme: "tcp", method: null, rawTarget: null });
  if (connection.verdict === "deny" || connection.options.kind === "route") return connection;
  const { carry } = connection.options;
  const read = carry.kind === "checked" && (ask.scheme === "http" || carry.tls === "intercept");
  if (read) return decide(policy, ask);
  // Bytes are bytes, and TLS is let through where it is carried.
  if (carry.kind === "bytes" || carry.tls === "tunnel") return connection;
  return decide(policy, ask);
}

/**
 * `https://host/path`, `http://…`, or `host:port` for a bare connection; null = it is neither. The bytes after the host stay as
 * written, but for a fragment, which no client sends.
 */
export function askOfUrl(text: string, method: string, identity: string): Ask | null {
  const match = /^(?:(https?|tcp):\/\/)?(\[[^\]]+\]|[^/:?#[\]]+)(?::(\d+))?([/?][^#]*)?(?:#.*)?$/s.exec(text);
  const [, written, host, port, target] = match ?? [];
  if (host === undefined) return null;
  const scheme =
    written === "http" || written === "https" ? written : written === undefined && port === undefined ? "https" : "tcp";
  const standard = scheme === "http" ? 80 : 443;
  const common = { identity, host, port: port === undefined ? standard : Number(port), headers: [] };
  if (scheme === "tcp") return { ...common, scheme, method: null, rawTarget: null };
  return {
    ...common,
    scheme,
    method: method.toUpperCase(),
    rawTarget: target === undefined || !target.startsWith("/") ? `/${target ?? ""}` : target,
  };
}
