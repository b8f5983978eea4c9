import { createHash } from "node:crypto";
import type { LoadedProject } from "../../config/load.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { RenewedCredential } from "../../gateway/provisions.ts";
import { isInjection } from "../../grants/grant.ts";
import type { SecretValue } from "../../model/provider.ts";
import { vaultName } from "../../sources/secret-request.ts";
import { withFileLock } from "../lock.ts";
import type { Shell } from "../shell.ts";
import { judgedRequests } from "./grants.ts";

/**
 * Writes tokens that the project's gateway has renewed back to the vault, so that a gateway that starts anew is not given ones that
 * are used up. An entry's version stays: the gateway has the value already, and no plan sees a change. A login that somebody has
 * stored meanwhile stays as well. Gives the names that were kept; what cannot be is told.
 */
export async function keepRenewed(
  project: LoadedProject,
  collect: () => Promise<Readonly<Record<string, RenewedCredential>>>,
  shell: Shell,
): Promise<readonly string[]> {
  const inVault = await vaultEntries(project, shell);
  if (inVault.size === 0) return [];
  // Large, and most projects have no credential of the vault.
  const [{ changeVault, openVault, readVault }, { unlockedKey, vaultPath }, { readUserSettings }] = await Promise.all([
    import("../../vault/vault-store.ts"),
    import("./vault-access.ts"),
    import("./user-settings-file.ts"),
  ]);
  const settings = await readUserSettings(shell);
  // What the user's own settings say of a name counts before the vault.
  const entries = new Map([...inVault].filter(([, entry]) => !Object.hasOwn(settings.sources, entry)));
  const vault = await readVault(vaultPath(settings, shell));
  const logins = new Set(vault?.header.entries.filter((each) => each.kind === "oauth").map((each) => each.name));
  // Nothing is asked of the engine where no login could have been renewed.
  if (vault === null || ![...entries.values()].some((entry) => logins.has(entry))) return [];
  const renewed = new Map(
    Object.entries(await collected(collect, shell)).flatMap(([name, each]) => {
      const entry = entries.get(name);
      return entry === undefined || !logins.has(entry) ? [] : [[entry, each] as const];
    }),
  );
  if (renewed.size === 0) return [];
  const key = await unlockedKey(vault, settings, shell, false);
  if (key === null) {
    shell.err(
      `warning: the gateway has renewed ${[...renewed.keys()].join(", ")}, and the vault is locked: coop credentials unlock, then coop apply, before the gateway is started anew.\n`,
    );
    return [];
  }
  const kept = openVault(vault, key)
    .entries.filter((each) => renewedValue(each.value, renewed.get(each.meta.name)) !== null)
    .map((each) => each.meta.name);
  if (kept.length === 0) return [];
  await changeVault(
    vault.path,
    key,
    (it) => ({
      ...it,
      entries: it.entries.map((each) => ({
        ...each,
        value: renewedValue(each.value, renewed.get(each.meta.name)) ?? each.value,
      })),
    }),
    withFileLock,
  );
  return kept;
}

/** The vault's entries that go into requests of the project, by the credential's name. */
async function vaultEntries(project: LoadedProject, shell: Shell): Promise<ReadonlyMap<string, string>> {
  const entries = (await judgedRequests(project, shell)).flatMap(({ request, grant }) =>
    grant !== null && isInjection(request) && request.source.startsWith("vault:")
      ? [[request.name, vaultName(request.name, grant.profile)] as const]
      : [],
  );
  return new Map(entries);
}

async function collected(
  collect: () => Promise<Readonly<Record<string, RenewedCredential>>>,
  shell: Shell,
): Promise<Readonly<Record<string, RenewedCredential>>> {
  try {
    return await collect();
  } catch (error) {
    // What else there is to do does not wait for it.
    if (!(error instanceof CoopError)) throw error;
    shell.err(`warning: ${error.message}\n`);
    return {};
  }
}

/** Null where what is stored is none of what led to the renewed value. Where it is renewed stays as it was stored. */
function renewedValue(stored: SecretValue, renewed: RenewedCredential | undefined): SecretValue | null {
  if (renewed === undefined || stored.kind !== "oauth" || stored.refresh === null) return null;
  const { value, of } = renewed;
  if (value.kind !== "oauth" || value.refresh === null || value.accessToken === stored.accessToken) return null;
  if (!of.includes(createHash("sha256").update(stored.refresh.token).digest("hex"))) return null;
  // Renewed elsewhere from there on: what is stored is the newer of the two.
  if ((stored.expiresAt ?? 0) > (value.expiresAt ?? Number.POSITIVE_INFINITY)) return null;
  const { accessToken, expiresAt } = value;
  return { ...stored, accessToken, expiresAt, refresh: { ...stored.refresh, token: value.refresh.token } };
}
