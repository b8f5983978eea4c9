/**
 * What an upstream connection may be shared within: nobody else's requests, none with another credential, and none whose
 * rules open other addresses ever use it.
 */
export interface Scope {
  readonly identity: string;
  /** The credential's name; null = none is put in. */
  readonly credential: string | null;
  /** Canonical. */
  readonly host: string;
  readonly port: number;
  /** CIDRs that the rules open besides the public ones. */
  readonly addresses: readonly string[];
  readonly tls: boolean;
}

/** Equal for equal scopes. */
export function scopeKey(scope: Scope): string {
  const { identity, credential, host, port, addresses, tls } = scope;
  return JSON.stringify([identity, credential, host, port, addresses, tls]);
}
