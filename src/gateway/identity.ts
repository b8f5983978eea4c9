import { createHmac, timingSafeEqual } from "node:crypto";

/** `kind/name` or `kind/name/replica`, such as `agent/coder/0`, `service/db`, `host-relay`. */
export const IDENTITY = /^[a-z][a-z0-9-]*(?:\/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?){0,3}$/;

export const IDENTITY_LIMIT = 256;
export const KEY_BYTES = 32;

/** The key that a forwarder of this identity holds. */
export function identityKey(master: Uint8Array, identity: string): Buffer {
  return createHmac("sha256", master).update(identity).digest();
}

/** Says whether a key is an identity's own; takes equally long for every wrong key of an identity. */
export type KeyCheck = (identity: string, key: Uint8Array) => boolean;

const REMEMBERED = 4096;

/** The check under one master key. Derived keys are remembered: a busy sandbox proves itself for every connection. */
export function keyCheck(master: Uint8Array): KeyCheck {
  const derived = new Map<string, Buffer>();
  return (identity, key) => {
    const known = derived.get(identity);
    const expected = known ?? identityKey(master, identity);
    const proves = key.length === expected.length && timingSafeEqual(key, expected);
    // Only what was proven is remembered, so that claims of any number of names cannot fill the map.
    if (proves && known === undefined && derived.size < REMEMBERED) derived.set(identity, expected);
    return proves;
  };
}
