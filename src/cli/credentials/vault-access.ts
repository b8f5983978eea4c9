import { createHash } from "node:crypto";
import { join } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { readSecretFile } from "../../sources/read-secret-file.ts";
import { SourceFailure } from "../../sources/source-failure.ts";
import type { UserSettings } from "../../sources/user-settings.ts";
import { readPrivateFile } from "../../vault/private-file.ts";
import { heldKey } from "../../vault/unlock-agent.ts";
import type { VaultFile } from "../../vault/vault-file.ts";
import { keyByHeldKey, keyByPassphrase } from "../../vault/vault-key.ts";
import type { VaultKey } from "../../vault/vault-key.ts";
import { opens } from "../../vault/vault-store.ts";
import type { Shell } from "../shell.ts";
import { dataFolder, runtimeFolder, stateFolder } from "../user-folders.ts";
import { keyringKey } from "./keyring.ts";
import { askPassphrase } from "./passphrase.ts";

const TRIES = 3;

/** What a person has typed once counts for the rest of the command. */
const typed = new WeakMap<Shell, VaultKey>();

/** Where the vault lies. */
export function vaultPath(settings: UserSettings, shell: Shell): string {
  return settings.vault.file ?? join(dataFolder(shell.environment), "vault");
}

/** Where the machine's key lies, where the vault has one: not beside the vault, so that a copy of the one is not a copy of both. */
export function keyFilePath(settings: UserSettings, shell: Shell): string {
  return settings.vault.keyFile ?? join(stateFolder(shell.environment), "vault.key");
}

/** Where the agent of this vault listens: one for each vault and user. */
export function agentSocket(path: string, shell: Shell): string {
  const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
  return join(runtimeFolder(shell.environment), `unlock-${name}.sock`);
}

/**
 * The vault's key, by whatever way there is without a person: the unlock agent, the machine's key, the keyring, a file with the
 * passphrase. Then, with `ask`, by a person at the terminal. Null = it stays locked.
 */
export async function unlockedKey(
  vault: VaultFile,
  settings: UserSettings,
  shell: Shell,
  ask: boolean,
): Promise<VaultKey | null> {
  // Either may be the key of an earlier passphrase.
  const known = typed.get(shell) ?? (await heldKey(agentSocket(vault.path, shell)));
  if (known !== null && opens(vault, known)) return known;
  const kinds = new Set(vault.header.slots.map((each) => each.kind));
  if (kinds.has("key-file")) {
    const key = await readPrivateFile(keyFilePath(settings, shell), 32);
    if (key !== null) return keyByHeldKey(vault, "key-file", key);
  }
  if (kinds.has("keyring")) {
    const key = await keyringKey(vault.header.id);
    if (key !== null) return keyByHeldKey(vault, "keyring", key);
  }
  if (!kinds.has("passphrase")) return null;
  if (settings.vault.passphraseFile !== null) return keyByFile(vault, settings.vault.passphraseFile);
  return ask && shell.interactive ? keyByPerson(vault, shell) : null;
}

/** Asks for the passphrase until it is right, a few times. */
export async function keyByPerson(vault: VaultFile, shell: Shell): Promise<VaultKey | null> {
  for (let tries = 1; ; tries += 1) {
    const passphrase = await askPassphrase("The vault's passphrase (not shown)", shell);
    if (passphrase === null) return null;
    try {
      const key = await keyByPassphrase(vault, passphrase);
      typed.set(shell, key);
      return key;
    } catch (error) {
      if (!(error instanceof CoopError) || error.code !== "VAULT_PASSPHRASE" || tries === TRIES) throw error;
      shell.err(`${error.message}\n`);
    }
  }
}

async function keyByFile(vault: VaultFile, file: string): Promise<VaultKey> {
  try {
    const text = await readSecretFile(file);
    return await keyByPassphrase(vault, text.split(/\r?\n/u)[0] ?? "");
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    throw new CoopError("VAULT_LOCKED", `The file of the passphrase, ${file}, ${error.message}.`, { mend: error.mend });
  }
}
