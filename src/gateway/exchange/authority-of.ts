import type { Scheme } from "../request-head.ts";

/** `host` or `host:port`, as it is said to an upstream. */
export function authorityOf(scheme: Scheme, host: string, port: number): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`;
}
