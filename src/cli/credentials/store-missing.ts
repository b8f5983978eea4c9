import type { Credential } from "../../model/model.ts";
import type { MissingSecret, SecretRequest } from "../../sources/secret-request.ts";
import { readVault } from "../../vault/vault-store.ts";
import { confirm } from "../confirm.ts";
import type { Shell } from "../shell.ts";
import { makeVault } from "./make-vault.ts";
import { openedVault } from "./open-vault.ts";
import { askNewPassphrase } from "./passphrase.ts";
import { namedProvider, userProviders } from "./providers.ts";
import { readValue } from "./read-value.ts";
import { drawVersion, storeEntry } from "./store-entry.ts";
import { readUserSettings } from "./user-settings-file.ts";
import { vaultPath } from "./vault-access.ts";

/**
 * Asks a person for what the vault does not have yet, before anything is changed: a vault is made where there is none. True =
 * all of it is stored now. Nothing is asked where something is missing that nobody can type, or where nobody is there.
 */
export async function storeMissing(
  missing: readonly MissingSecret[],
  wanted: { readonly requests: readonly SecretRequest[]; readonly credentials: readonly Credential[] },
  shell: Shell,
): Promise<boolean> {
  if (!shell.interactive || missing.some((each) => each.entry === null)) return false;
  shell.err(
    `The file needs ${missing.map((each) => each.entry ?? each.name).join(", ")}, which your vault does not have.\n`,
  );
  if (!(await confirm("Type the values now? They go into your vault.", false, shell))) return false;
  if (!(await hasVault(shell))) return false;
  for (const each of missing) await storeOne(each, wanted, shell);
  return true;
}

async function hasVault(shell: Shell): Promise<boolean> {
  const settings = await readUserSettings(shell);
  if ((await readVault(vaultPath(settings, shell))) !== null) return true;
  const passphrase = await askNewPassphrase(shell);
  if (passphrase === null) return false;
  await makeVault({ passphrase, keyFile: false, keyring: false }, settings, shell);
  return true;
}

async function storeOne(
  missing: MissingSecret,
  { requests, credentials }: Parameters<typeof storeMissing>[1],
  shell: Shell,
): Promise<void> {
  const name = missing.entry ?? missing.name;
  const { vault, key } = await openedVault({ passphraseFd: null }, shell);
  const named = credentials.find((each) => each.name === missing.name)?.provider ?? null;
  const provider = named === null ? null : namedProvider(named, userProviders(shell));
  const isAws = requests.some((each) => each.name === missing.name && each.use === "aws");
  shell.err(`${name}${provider === null ? "" : `: ${provider.description}`}\n`);
  const value = await readValue(isAws ? "aws" : "text", provider, shell);
  const created = new Date().toISOString();
  const meta = { name, version: drawVersion(), kind: value.kind, provider: named, created };
  await storeEntry(vault.path, key, { value, meta: { ...meta, rotated: null, expires: null, note: null } });
}
