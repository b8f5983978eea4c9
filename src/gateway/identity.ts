import { createHmac, timingSafeEqual } from "node:crypto";

/** `kind/name` or `kind/name/replica`, such as `agent/coder/0`, `service/db`, `host-relay`. */
export const IDENTITY = /^[a-z][a-z0-9-]*(?:\/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?){0,3}$/;

export const IDENTITY_LIMIT = 256;
export const KEY_BYTES = 32;

/** The key that a forwarder of this identity holds. */
export function identityKey(master: Uint8Array, identity: string): Buffer {
  return createHmac("sha256", master).update(identity).digest();
}

/** Whether the key is the identity's own; takes equally long for every wrong key. */
export function keyProves(master: Uint8Array, identity: string, key: Uint8Array): boolean {
  const expected = identityKey(master, identity);
  return key.length === expected.length && timingSafeEqual(key, expected);
}
