import type { SecretValue } from "../model/provider.ts";

/**
 * What the gateway needs and no file may hold: the values of credentials, and the key that signs the certificates of
 * intercepted hosts. Given over the admin socket, held in memory alone; a restarted gateway has none until it is given again.
 */
export interface Provisions {
  readonly version: 1;
  /** Chosen by the giver and opaque here: says afterwards, in `in-force.json`, which provisions are held. */
  readonly digest: string;
  /** By the name in `credentials`. */
  readonly credentials: Readonly<Record<string, SecretValue>>;
  /** Null = nothing is intercepted. */
  readonly authority: Authority | null;
}

/** An intermediate whose critical nameConstraints are the hosts of the rules. */
export interface Authority {
  /** PEM: the intermediate, and what leads from it to the root that sandboxes trust, without that root. */
  readonly chain: string;
  /** PEM, PKCS #8, P-256. */
  readonly key: string;
}

/** A credential whose token the gateway has renewed since it was given. */
export interface RenewedCredential {
  readonly value: SecretValue;
  /** SHA-256, in hex, of every refresh token that led to it: a store takes it in the place of one of these alone. */
  readonly of: readonly string[];
}
