/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `9464`, `:9464`, `127.0.0.1:9464`, `[::1]:9464`; null for anything else. A port alone is one of the loopback. */
export function metricsAddress(text: string): MetricsAddress | null {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) return null;
  return { host: (match[1] ?? "").replace(/^\[|\]$/g, "") || "127.0.0.1", port };
}
