/** `host` or `host:port` as a client wrote it. */
export interface Authority {
  /** In the client's spelling; brackets of IPv6 stay. */
  readonly host: string;
  readonly port: number;
}

/** Null for whatever could be read in two ways: user names, odd port spellings, anything behind the port. */
export function parseAuthority(text: string, defaultPort: number | null): Authority | null {
  const match = /^(\[[0-9a-fA-F:.]{2,64}\]|[^\s:@/\\?#[\]%]{1,1024})(?::([1-9][0-9]{0,4}))?$/.exec(text);
  const host = match?.[1];
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (host === undefined || port === null || port > 65535) return null;
  return { host, port };
}

/** Splits `http://authority/path` without normalising a byte; null when it is anything else. */
export function parseAbsoluteForm(
  target: string,
): { readonly authority: Authority; readonly rawTarget: string } | null {
  const match = /^http:\/\/([^/?#]*)([/?].*)?$/i.exec(target);
  const authority = parseAuthority(match?.[1] ?? "", 80);
  if (authority === null) return null;
  const rest = match?.[2] ?? "/";
  return { authority, rawTarget: rest.startsWith("?") ? `/${rest}` : rest };
}
