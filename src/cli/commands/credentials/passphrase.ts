import { randomBytes } from "node:crypto";
import { CoopError } from "../../../diagnostics/coop-error.ts";
import { KEY_COSTS } from "../../../vault/derive-key.ts";
import { readPrivateFile } from "../../../vault/private-file.ts";
import { endAgent } from "../../../vault/unlock-agent.ts";
import type { VaultFile } from "../../../vault/vault-file.ts";
import type { KeySlot } from "../../../vault/vault-header.ts";
import { drawKey, heldKeySlot, passphraseSlot } from "../../../vault/vault-key.ts";
import type { VaultKey } from "../../../vault/vault-key.ts";
import { rekeyVault } from "../../../vault/vault-store.ts";
import { keepInKeyring } from "../../credentials/keyring.ts";
import { openedVault } from "../../credentials/open-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { askNewPassphrase, passphraseFromDescriptor, refuseWeak } from "../../credentials/passphrase.ts";
import { readUserSettings } from "../../credentials/user-settings-file.ts";
import { agentSocket, keyFilePath } from "../../credentials/vault-access.ts";
import { withFileLock } from "../../lock.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

export interface NewPassphraseArguments extends PassphraseArguments {
  /** A descriptor that gives the new one; null = a person is asked. */
  readonly newPassphraseFd: number | null;
}

/**
 * `coop credentials passphrase`: another passphrase, and another key under it, so that who knew the old one and has an old
 * copy of the file opens nothing that is written from now on.
 */
export async function passphraseCommand(args: NewPassphraseArguments, shell: Shell): Promise<ExitCode> {
  const { vault, key } = await openedVault(args, shell);
  const passphrase = await wantedPassphrase(args, shell);
  const { id } = vault.header;
  const after = drawKey();
  const slots = [await passphraseSlot(id, after, passphrase, KEY_COSTS), ...(await heldSlots(vault, after, shell))];
  await rekeyVault(vault.path, { before: key, after }, (it) => ({ ...it, slots }), withFileLock);
  await endAgent(agentSocket(vault.path, shell));
  shell.err("The vault has another passphrase, and is locked. Old copies of the file still open with the old one.\n");
  return EXIT.done;
}

/** A new passphrase by descriptor, or typed twice. */
export async function wantedPassphrase(args: NewPassphraseArguments, shell: Shell): Promise<string> {
  if (args.newPassphraseFd !== null) {
    const given = await passphraseFromDescriptor(args.newPassphraseFd);
    refuseWeak(given);
    return given;
  }
  if (!shell.interactive) {
    throw new CoopError("USAGE", "Nobody can be asked for the new passphrase.", {
      mend: "Give it by --new-passphrase-fd.",
    });
  }
  const typed = await askNewPassphrase(shell);
  if (typed !== null) return typed;
  throw new CoopError("INTERRUPTED", "Nothing was changed.");
}

// The other ways go on opening the vault.
async function heldSlots(vault: VaultFile, key: VaultKey, shell: Shell): Promise<readonly KeySlot[]> {
  const { id, slots } = vault.header;
  const kinds = new Set(slots.map((each) => each.kind));
  const found: KeySlot[] = [];
  if (kinds.has("key-file")) {
    const file = keyFilePath(await readUserSettings(shell), shell);
    const held = await readPrivateFile(file, 32);
    if (held === null) shell.err(`warning: ${file} is not there, so the vault opens by it no longer.\n`);
    else found.push(heldKeySlot(id, key, "key-file", held));
  }
  if (kinds.has("keyring")) {
    const held = randomBytes(32);
    await keepInKeyring(id, held);
    found.push(heldKeySlot(id, key, "keyring", held));
  }
  return found;
}
