import { CoopError } from "../../diagnostics/coop-error.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { vaultName } from "../../sources/secret-request.ts";
import type { UserSettings } from "../../sources/user-settings.ts";
import type { VaultFile } from "../../vault/vault-file.ts";
import { ENTRY_NAME } from "../../vault/vault-header.ts";
import type { EntryMeta } from "../../vault/vault-header.ts";
import { keyByPassphrase } from "../../vault/vault-key.ts";
import type { VaultKey } from "../../vault/vault-key.ts";
import { readVault } from "../../vault/vault-store.ts";
import type { Shell } from "../shell.ts";
import { passphraseFromDescriptor } from "./passphrase.ts";
import { readUserSettings } from "./user-settings-file.ts";
import { unlockedKey, vaultPath } from "./vault-access.ts";

/** How a command is told the passphrase where nobody is there to type it. */
export interface PassphraseArguments {
  /** A descriptor of this process; null = none. */
  readonly passphraseFd: number | null;
}

/** The vault with the key to it. */
export interface OpenedVault {
  readonly vault: VaultFile;
  readonly key: VaultKey;
}

/** The vault, locked. Rejects where there is none. */
export async function lockedVault(settings: UserSettings, shell: Shell): Promise<VaultFile> {
  const path = vaultPath(settings, shell);
  const vault = await readVault(path);
  if (vault !== null) return vault;
  throw new CoopError("VAULT_MISSING", `There is no vault at ${path}.`, { mend: "coop credentials init" });
}

/** The vault, opened by the passphrase that was given, or by whatever way there is. Rejects where it stays locked. */
export async function openedVault(args: PassphraseArguments, shell: Shell): Promise<OpenedVault> {
  const settings = await readUserSettings(shell);
  const vault = await lockedVault(settings, shell);
  if (args.passphraseFd !== null)
    return { vault, key: await keyByPassphrase(vault, await passphraseFromDescriptor(args.passphraseFd)) };
  const key = await unlockedKey(vault, settings, shell, true);
  if (key !== null) return { vault, key };
  throw new CoopError("VAULT_LOCKED", `${vault.path} is locked, and nobody can be asked for its passphrase.`, {
    mend: "coop credentials unlock, in a terminal; or give it by --passphrase-fd",
  });
}

/** The vault's name for what a person named, with the account of `--profile`. */
export function entryName(name: string, profile: string | null): string {
  const entry = vaultName(name, profile);
  if (ENTRY_NAME.test(entry)) return entry;
  throw new CoopError("USAGE", `"${entry.slice(0, 100)}" cannot be the name of a credential.`, {
    mend: "Use small letters, digits and dashes: anthropic, or anthropic@work for another account.",
  });
}

/** What is known of an entry. Rejects where there is none of that name. */
export function metaOf(vault: VaultFile, name: string): EntryMeta {
  const { entries } = vault.header;
  const found = entries.find((each) => each.name === name);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    entries.map((each) => each.name),
  );
  throw new CoopError("NOT_FOUND", `The vault has no "${name}".`, {
    mend: near === null ? `coop credentials set ${name}` : `Did you mean ${near}?`,
  });
}
