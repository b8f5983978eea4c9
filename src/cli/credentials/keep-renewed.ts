import type { LoadedProject } from "../../config/load.ts";
import { isInjection } from "../../grants/grant.ts";
import type { SecretValue } from "../../model/provider.ts";
import { vaultName } from "../../sources/secret-request.ts";
import { changeVault, openVault, readVault } from "../../vault/vault-store.ts";
import type { Entry } from "../../vault/vault-store.ts";
import { withFileLock } from "../lock.ts";
import type { Shell } from "../shell.ts";
import { judgedRequests } from "./grants.ts";
import { readUserSettings } from "./user-settings-file.ts";
import { unlockedKey, vaultPath } from "./vault-access.ts";

/**
 * Writes tokens that the project's gateway has renewed back to the vault, so that a gateway that starts anew is not given ones that
 * are used up. For the caller to see to: the gateway holds what the vault's entries of now made, and nothing older. An
 * entry's version stays: the gateway has the value already. Gives the names that were kept; what cannot be is told.
 */
export async function keepRenewed(
  project: LoadedProject,
  renewed: Readonly<Record<string, SecretValue>>,
  shell: Shell,
): Promise<readonly string[]> {
  if (Object.keys(renewed).length === 0) return [];
  const settings = await readUserSettings(shell);
  const entries = new Map<string, SecretValue>();
  for (const { request, grant } of await judgedRequests(project, shell)) {
    const value = Object.hasOwn(renewed, request.name) ? renewed[request.name] : undefined;
    if (value?.kind !== "oauth" || grant === null || !isInjection(request)) continue;
    const entry = vaultName(request.name, grant.profile);
    if (request.source.startsWith("vault:") && !Object.hasOwn(settings.sources, entry)) entries.set(entry, value);
  }
  const vault = entries.size === 0 ? null : await readVault(vaultPath(settings, shell));
  if (vault === null) return [];
  const key = await unlockedKey(vault, settings, shell, false);
  if (key === null) {
    shell.err(
      `warning: the gateway has renewed ${[...entries.keys()].join(", ")}, and the vault is locked: coop credentials unlock, then coop apply, before the gateway is started anew.\n`,
    );
    return [];
  }
  const isNew = (entry: Entry): boolean => {
    const value = entries.get(entry.meta.name);
    return value !== undefined && entry.value.kind === "oauth" && JSON.stringify(value) !== JSON.stringify(entry.value);
  };
  const kept = openVault(vault, key)
    .entries.filter(isNew)
    .map((each) => each.meta.name);
  if (kept.length === 0) return [];
  await changeVault(
    vault.path,
    key,
    (it) => ({
      ...it,
      entries: it.entries.map((each) =>
        isNew(each) ? { ...each, value: entries.get(each.meta.name) ?? each.value } : each,
      ),
    }),
    withFileLock,
  );
  return kept;
}
