import { randomBytes } from "node:crypto";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

/** 24 random bytes: drawn anew for every sealing, which XChaCha20's long nonces allow. */
export function drawNonce(): Buffer {
  return randomBytes(24);
}

/** XChaCha20-Poly1305. `bound` is not hidden, but opening fails when one bit of it differs. */
export function seal(key: Uint8Array, nonce: Uint8Array, bound: string, secret: Uint8Array): Buffer {
  return Buffer.from(xchacha20poly1305(key, nonce, Buffer.from(bound, "utf8")).encrypt(secret));
}

/** What was sealed; null when the key, the nonce, the bound text or the sealed bytes are others. */
export function unseal(key: Uint8Array, nonce: Uint8Array, bound: string, sealed: Uint8Array): Buffer | null {
  try {
    return Buffer.from(xchacha20poly1305(key, nonce, Buffer.from(bound, "utf8")).decrypt(sealed));
  } catch {
    // The library's only failure for arguments of the right lengths: the tag does not fit.
    return null;
  }
}
