import type { SecretValue } from "../model/provider.ts";
import { openVault } from "../vault/vault-store.ts";
import type { VaultContents } from "../vault/vault-store.ts";
import type { VaultFile } from "../vault/vault-file.ts";
import type { EntryMeta } from "../vault/vault-header.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import { sourceText, vaultName } from "./secret-request.ts";
import type { MissingSecret, SecretRequest, Secrets, UserSource } from "./secret-request.ts";
import { SourceFailure } from "./source-failure.ts";
import { refuseUnfit } from "./value-of-text.ts";

/** What reading takes of the world. */
export interface SecretReaders {
  /** The user's own word on where a name of theirs comes from; null = from the vault. */
  readonly ownSource: (name: string) => UserSource | null;
  /** Reads any source but the vault. Rejects with a SourceFailure. */
  readonly read: (source: UserSource, use: SecretRequest["use"], signal: AbortSignal) => Promise<SecretValue>;
  /** The vault, locked; null = there is none. */
  readonly vault: () => Promise<VaultFile | null>;
  /** Its key; null = it is locked, and nobody was or could be asked. Rejects where what was given does not open it. */
  readonly vaultKey: (vault: VaultFile, ask: boolean) => Promise<VaultKey | null>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const WARN_BEFORE_MS = 24 * 60 * 60 * 1000;

type Wanted = { readonly request: SecretRequest; readonly source: UserSource; readonly entry: string };
type Found = { readonly name: string; readonly value: SecretValue } | { readonly missing: MissingSecret };

/**
 * Reads everything that is wanted, or says at once all that is missing. A person is asked for the vault's passphrase last, and
 * only when nothing else is missing.
 */
export async function readSecrets(
  requests: readonly SecretRequest[],
  readers: SecretReaders,
  signal: AbortSignal,
): Promise<Secrets> {
  const wanted = requests.map((request): Wanted => {
    const entry = vaultName(request.name, request.profile);
    const own = request.from.kind === "vault" ? readers.ownSource(entry) : null;
    return { request, source: own ?? request.from, entry };
  });
  const inVault = wanted.filter((each) => each.source.kind === "vault");
  const vault = inVault.length === 0 ? null : await readers.vault();
  const metas = new Map(vault?.header.entries.map((each) => [each.name, each]));
  const beyond = await Promise.all(
    wanted.filter((each) => each.source.kind !== "vault").map((each) => readOne(each, readers, signal)),
  );
  const gone = inVault.flatMap((each) => notStored(each, metas.get(each.entry), vault, readers.now()));
  const missing = [...gone, ...beyond.flatMap((each) => ("missing" in each ? [each.missing] : []))];
  const key = vault === null ? null : await readers.vaultKey(vault, missing.length === 0);
  if (vault !== null && key === null) {
    const lockedOnes = inVault.filter((each) => !gone.some(({ name }) => name === each.request.name));
    missing.push(
      ...lockedOnes.map((each) => missingOne(each, "lies in the vault, which is locked", "coop credentials unlock")),
    );
  }
  if (missing.length > 0 || (vault !== null && key === null)) return refused(missing);
  const stored = vault === null || key === null ? [] : fromVault(inVault, openVault(vault, key), readers.now());
  const unfit = stored.flatMap((each) => ("missing" in each ? [each.missing] : []));
  if (unfit.length > 0) return refused(unfit);
  const values = Object.fromEntries(
    [...beyond, ...stored].flatMap((each) => ("missing" in each ? [] : [[each.name, each.value] as const])),
  );
  return {
    ok: true,
    values,
    warnings: inVault.flatMap((each) => endsSoon(each, metas.get(each.entry), readers.now())),
  };
}

async function readOne(wanted: Wanted, readers: SecretReaders, signal: AbortSignal): Promise<Found> {
  const { request, source } = wanted;
  try {
    const value = await readers.read(source, request.use, signal);
    refuseUnfit(value, request.use);
    refuseOver(value, readers.now());
    return { name: request.name, value };
  } catch (error) {
    if (error instanceof SourceFailure) return { missing: missingOne(wanted, error.message, error.mend) };
    throw error;
  }
}

function fromVault(wanted: readonly Wanted[], { entries }: VaultContents, now: number): readonly Found[] {
  return wanted.flatMap((each): readonly Found[] => {
    const entry = entries.find(({ meta }) => meta.name === each.entry);
    if (entry === undefined) return [];
    try {
      refuseUnfit(entry.value, each.request.use);
      refuseOver(entry.value, now);
      return [{ name: each.request.name, value: entry.value }];
    } catch (error) {
      if (error instanceof SourceFailure) return [{ missing: missingOne(each, error.message, error.mend) }];
      throw error;
    }
  });
}

// One that can be renewed is: by the gateway, when it is used.
function refuseOver(value: SecretValue, now: number): void {
  if (value.kind !== "oauth" || value.refresh !== null || value.expiresAt === null || value.expiresAt > now) return;
  throw new SourceFailure(
    `has expired (${new Date(value.expiresAt).toISOString()})`,
    "Log in again (coop credentials login NAME), or store another: coop credentials rotate NAME",
  );
}

function notStored(
  wanted: Wanted,
  meta: EntryMeta | undefined,
  vault: VaultFile | null,
  now: number,
): readonly MissingSecret[] {
  const { entry, request } = wanted;
  if (meta === undefined) {
    const [, account] = entry.split("@");
    const command = `coop credentials set ${request.name}${account === undefined ? "" : ` --profile ${account}`}`;
    const others = (vault?.header.entries ?? [])
      .filter((each) => each.name.split("@")[0] === request.name)
      .map((each) => each.name);
    const why =
      vault === null
        ? "is not stored, and there is no vault yet"
        : `is not in the vault${others.length === 0 ? "" : `, which has ${others.join(", ")}`}`;
    const missing = missingOne(wanted, why, vault === null ? `coop credentials init, then ${command}` : command);
    return [{ ...missing, entry }];
  }
  if (meta.expires === null || Date.parse(meta.expires) > now) return [];
  return [missingOne(wanted, `has expired (${meta.expires})`, `coop credentials rotate ${entry}`)];
}

function endsSoon(wanted: Wanted, meta: EntryMeta | undefined, now: number): readonly string[] {
  if (meta?.expires === undefined || meta.expires === null) return [];
  if (Date.parse(meta.expires) - now > WARN_BEFORE_MS) return [];
  return [
    `${sourceText(wanted.source, wanted.entry)} expires at ${meta.expires}: coop credentials rotate ${wanted.entry}`,
  ];
}

function missingOne(wanted: Wanted, why: string, mend: string): MissingSecret {
  return { name: wanted.request.name, source: sourceText(wanted.source, wanted.entry), why, mend, entry: null };
}

function refused(missing: readonly MissingSecret[]): Secrets {
  return { ok: false, missing: missing.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}
