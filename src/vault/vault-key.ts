import { randomBytes } from "node:crypto";
import { CoopError } from "../diagnostics/coop-error.ts";
import { deriveKey } from "./derive-key.ts";
import type { KeyCosts } from "./derive-key.ts";
import { drawNonce, seal, unseal } from "./seal.ts";
import type { VaultFile } from "./vault-file.ts";
import type { HeldKeySlot, KeySlot, PassphraseSlot } from "./vault-header.ts";

/** The 32 bytes under which a vault's values are sealed. Never written; wiped by `wipe` when it is no longer needed. */
export type VaultKey = Uint8Array;

export function drawKey(): VaultKey {
  return randomBytes(32);
}

export function wipe(key: Uint8Array): void {
  key.fill(0);
}

/** The vault's key by the user's passphrase. Rejects a wrong one, and a vault that has none. */
export async function keyByPassphrase(vault: VaultFile, passphrase: string): Promise<VaultKey> {
  const slots = vault.header.slots.filter((each) => each.kind === "passphrase");
  if (slots.length === 0) throw noWay(vault, "passphrase");
  for (const slot of slots) {
    const derived = await deriveKey(passphrase, Buffer.from(slot.salt, "base64"), slot.costs);
    const key = unwrap(vault.header.id, slot, derived);
    wipe(derived);
    if (key !== null) return key;
  }
  throw new CoopError("VAULT_PASSPHRASE", `That is not the passphrase of ${vault.path}.`, {
    mend: "Try again. The file was left as it is.",
  });
}

/** The vault's key by a key that the machine holds. Rejects one of another vault. */
export function keyByHeldKey(vault: VaultFile, kind: HeldKeySlot["kind"], held: Uint8Array): VaultKey {
  const slots = vault.header.slots.filter((each) => each.kind === kind);
  if (slots.length === 0) throw noWay(vault, kind);
  for (const slot of slots) {
    const key = unwrap(vault.header.id, slot, held);
    if (key !== null) return key;
  }
  throw new CoopError("VAULT_PASSPHRASE", `The ${WORDS[kind]} does not belong to ${vault.path}.`, {
    mend: "Put the right one back, or use the passphrase: coop credentials unlock --passphrase",
  });
}

/** A way to the key by passphrase. */
export async function passphraseSlot(
  vaultId: string,
  key: VaultKey,
  passphrase: string,
  costs: KeyCosts,
): Promise<PassphraseSlot> {
  const salt = randomBytes(32);
  const derived = await deriveKey(passphrase, salt, costs);
  const open = { kind: "passphrase", costs, salt: salt.toString("base64") } as const;
  const slot = { ...open, ...wrapped(vaultId, open, derived, key) };
  wipe(derived);
  return slot;
}

/** A way to the key by one that the machine holds. */
export function heldKeySlot(vaultId: string, key: VaultKey, kind: HeldKeySlot["kind"], held: Uint8Array): HeldKeySlot {
  return { kind, ...wrapped(vaultId, { kind }, held, key) };
}

const WORDS = { passphrase: "passphrase", "key-file": "machine's key", keyring: "key in the keyring" } as const;

function wrapped(vaultId: string, open: OpenSlot, by: Uint8Array, key: VaultKey): Pick<KeySlot, "nonce" | "wrapped"> {
  const nonce = drawNonce();
  return {
    nonce: nonce.toString("base64"),
    wrapped: seal(by, nonce, boundSlot(vaultId, open), key).toString("base64"),
  };
}

function unwrap(vaultId: string, slot: KeySlot, by: Uint8Array): VaultKey | null {
  const bound = boundSlot(vaultId, slot);
  return unseal(by, Buffer.from(slot.nonce, "base64"), bound, Buffer.from(slot.wrapped, "base64"));
}

type OpenSlot = Pick<HeldKeySlot, "kind"> | Pick<PassphraseSlot, "kind" | "costs" | "salt">;

function boundSlot(vaultId: string, slot: OpenSlot): string {
  if (slot.kind !== "passphrase") return JSON.stringify(["coop-vault-slot", vaultId, slot.kind]);
  const { memoryKiB, passes, lanes } = slot.costs;
  return JSON.stringify(["coop-vault-slot", vaultId, slot.kind, memoryKiB, passes, lanes, slot.salt]);
}

function noWay(vault: VaultFile, kind: KeySlot["kind"]): CoopError {
  const ways = [...new Set(vault.header.slots.map((each) => WORDS[each.kind]))];
  return new CoopError(
    "VAULT_LOCKED",
    `${vault.path} is not opened by a ${WORDS[kind]}, but by its ${ways.join(" or its ")}.`,
    {
      mend: "coop credentials unlock",
    },
  );
}
