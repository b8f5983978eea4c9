import type { AzureKeyVault } from "../../sources/azure-key-vault.ts";
import type { SecretReaders } from "../../sources/read-secrets.ts";
import { readSource } from "../../sources/source-reader.ts";
import { readVault } from "../../vault/vault-store.ts";
import type { Shell } from "../shell.ts";
import { settingsFolder } from "../user-folders.ts";
import { azureKeyVault } from "./azure-access.ts";
import { readUserSettings } from "./user-settings-file.ts";
import { unlockedKey, vaultPath } from "./vault-access.ts";

/**
 * All that secrets are read with, by the user's settings and the process's environment. `withheld` are variables that hold
 * values: programs of the user's do not get them.
 */
export async function secretReaders(shell: Shell, withheld: readonly string[]): Promise<SecretReaders> {
  const settings = await readUserSettings(shell);
  // Where programs run: a folder that no repository can write to.
  const ofSettings = Object.values(settings.sources).flatMap((each) => (each.kind === "env" ? [each.variable] : []));
  const world = {
    environment: shell.environment,
    cwd: await workingFolder(shell),
    withheld: [...withheld, ...ofSettings, "AZURE_KEYVAULT_TOKEN", "AZURE_CLIENT_SECRET"],
  };
  let azure: Promise<AzureKeyVault | null> | null = null;
  return {
    ownSource: (name) => (Object.hasOwn(settings.sources, name) ? (settings.sources[name] ?? null) : null),
    read: async (source, use, signal) => {
      if (source.kind === "azure-kv") azure ??= azureKeyVault(settings, world, signal);
      return readSource(source, use, { ...world, azure: await azure }, signal);
    },
    vault: () => readVault(vaultPath(settings, shell)),
    vaultKey: (vault, ask) => unlockedKey(vault, settings, shell, ask),
    now: () => Date.now(),
  };
}

async function workingFolder(shell: Shell): Promise<string> {
  const { mkdir } = await import("node:fs/promises");
  const folder = settingsFolder(shell.environment);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
