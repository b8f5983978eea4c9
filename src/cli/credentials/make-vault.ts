import { randomBytes } from "node:crypto";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { UserSettings } from "../../sources/user-settings.ts";
import { KEY_COSTS } from "../../vault/derive-key.ts";
import { readPrivateFile, writePrivateFile } from "../../vault/private-file.ts";
import type { KeySlot } from "../../vault/vault-header.ts";
import { drawKey, heldKeySlot, passphraseSlot } from "../../vault/vault-key.ts";
import type { VaultKey } from "../../vault/vault-key.ts";
import { createVault, drawId, readVault } from "../../vault/vault-store.ts";
import { withFileLock } from "../lock.ts";
import type { Shell } from "../shell.ts";
import { keepInKeyring } from "./keyring.ts";
import { keyFilePath, vaultPath } from "./vault-access.ts";

/** The ways by which a new vault opens; at least one. */
export interface Ways {
  /** Null = none. */
  readonly passphrase: string | null;
  readonly keyFile: boolean;
  readonly keyring: boolean;
}

/** Makes the vault, with no entry in it, and says by which ways it opens. Rejects where there is one. */
export async function makeVault(ways: Ways, settings: UserSettings, shell: Shell): Promise<void> {
  const path = vaultPath(settings, shell);
  if ((await readVault(path)) !== null) {
    throw new CoopError("CHANGED_MEANWHILE", `There is a vault at ${path} already; nothing was changed.`, {
      mend: "coop credentials list shows what is in it; coop credentials passphrase changes how it opens.",
    });
  }
  const id = drawId();
  const key = drawKey();
  const slots = await slotsFor(id, key, ways, settings, shell);
  await createVault(path, { id, key, slots }, withFileLock);
}

/** Slots for a vault's key. A key that the machine must hold is drawn and put where it is held. */
export async function slotsFor(
  id: string,
  key: VaultKey,
  ways: Ways,
  settings: UserSettings,
  shell: Shell,
): Promise<readonly KeySlot[]> {
  const slots: KeySlot[] = [];
  if (ways.passphrase !== null) slots.push(await passphraseSlot(id, key, ways.passphrase, KEY_COSTS));
  if (ways.keyFile) slots.push(heldKeySlot(id, key, "key-file", await machineKey(keyFilePath(settings, shell))));
  if (ways.keyring) {
    const held = randomBytes(32);
    await keepInKeyring(id, held);
    slots.push(heldKeySlot(id, key, "keyring", held));
  }
  return slots;
}

// One that is there may open another vault: it is used, never written over.
async function machineKey(path: string): Promise<Uint8Array> {
  const known = await readPrivateFile(path, 32);
  if (known !== null && known.length !== 32) {
    throw new CoopError("STATE_UNREADABLE", `${path} is no key of coop's. Nothing was changed.`, {
      mend: "Move it away, or name another place by `vault.keyFile` in your credentials.yaml.",
    });
  }
  if (known !== null) return known;
  const made = randomBytes(32);
  await writePrivateFile(path, made, null);
  return made;
}
