import { randomBytes } from "node:crypto";

/** P-256: a leaf takes 4 ms, where RSA-2048 stalls Node for 60 to 700 ms (isolation.md §2.9). */
export const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** 16 random bytes as hex, positive as X.509 wants it. */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}
