import type { AsyncEntry } from "@napi-rs/keyring";
import { CoopError } from "../../diagnostics/coop-error.ts";

const SERVICE = "coop-vault";
const NO_KEYRING = "Use the passphrase, or a key in a file: coop credentials init --key-file";

/** The key that the desktop's keyring holds for a vault; null = it holds none, or there is no keyring here. */
export async function keyringKey(vaultId: string): Promise<Uint8Array | null> {
  const entry = await entryOf(vaultId);
  const secret = await entry?.getSecret().catch(() => null);
  return secret === undefined || secret === null || secret.length !== 32 ? null : Uint8Array.from(secret);
}

/** Keeps a vault's key in the desktop's keyring, and sees that it is there. Rejects where there is no keyring. */
export async function keepInKeyring(vaultId: string, key: Uint8Array): Promise<void> {
  const entry = await entryOf(vaultId);
  if (entry === null)
    throw new CoopError("SOURCE_UNAVAILABLE", "This machine has no keyring that coop can use.", { mend: NO_KEYRING });
  try {
    await entry.setSecret(key);
  } catch (cause) {
    throw new CoopError("SOURCE_UNAVAILABLE", "The keyring does not take the key.", { cause, mend: NO_KEYRING });
  }
  if (!Buffer.from((await keyringKey(vaultId)) ?? []).equals(key))
    throw new CoopError("SOURCE_UNAVAILABLE", "The keyring does not give back what it took.", { mend: NO_KEYRING });
}

// A native library that not every machine has: loaded only here, and only when a vault says that it is used.
async function entryOf(vaultId: string): Promise<AsyncEntry | null> {
  try {
    const { AsyncEntry } = await import("@napi-rs/keyring");
    // The kernel's own keyring forgets at the next start, so on Linux it is no place for this.
    return new AsyncEntry(SERVICE, vaultId, { linux: { store: "secret-service" } });
  } catch {
    return null;
  }
}
