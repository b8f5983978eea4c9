import { randomBytes } from "node:crypto";
import { CoopError } from "../diagnostics/coop-error.ts";
import { objectOf, readShape, recordOf } from "../diagnostics/json-shape.ts";
import type { SecretValue } from "../model/provider.ts";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";
import { drawNonce, seal, unseal } from "./seal.ts";
import { secretValueOf } from "../model/secret-shape.ts";
import { boundText, parseVault, printVault, VAULT_LIMIT } from "./vault-file.ts";
import type { VaultFile } from "./vault-file.ts";
import type { EntryMeta, KeySlot } from "./vault-header.ts";
import type { VaultKey } from "./vault-key.ts";

/** Runs work while nobody else of this machine writes the file. */
export type Lock = <T>(path: string, work: () => Promise<T>) => Promise<T>;

/** What a vault holds, opened. */
export interface VaultContents {
  readonly slots: readonly KeySlot[];
  readonly entries: readonly Entry[];
}

/** A value and what is known of it. */
export interface Entry {
  readonly meta: EntryMeta;
  readonly value: SecretValue;
}

/** Sealed texts are filled up to a multiple of this, so that their length says little about a value's. */
const BLOCK = 4096;

/** Reads the vault and opens nothing: names and what is known of them. Null = there is none. */
export async function readVault(path: string): Promise<VaultFile | null> {
  const bytes = await readPrivateFile(path, VAULT_LIMIT);
  return bytes === null ? null : parseVault(path, bytes);
}

/** Makes a vault where none is, with no entry in it. */
export async function createVault(
  path: string,
  made: { readonly id: string; readonly key: VaultKey; readonly slots: readonly KeySlot[] },
  lock: Lock,
): Promise<void> {
  await lock(path, () =>
    writePrivateFile(path, sealVault(made.id, 1, made.key, { slots: made.slots, entries: [] }), null),
  );
}

/** Values by name. Rejects a key of another state of the vault, and a vault that somebody forged. */
export function openVault(vault: VaultFile, key: VaultKey): VaultContents {
  const nonce = Buffer.from(vault.header.nonce, "base64");
  const text = unseal(key, nonce, vault.bound, vault.sealed);
  if (text === null) {
    throw new CoopError("VAULT_DAMAGED", `${vault.path} was changed by something that had no key to it.`, {
      mend: "Put a copy of it back from a backup; when its passphrase was changed meanwhile: coop credentials unlock.",
    });
  }
  const { slots, entries } = vault.header;
  const read = readShape(() => {
    const { values } = objectOf(JSON.parse(text.toString("utf8")), "sealed", ["values"]);
    const byName = recordOf(values, "values");
    return entries.map((meta) => ({ meta, value: secretValueOf(byName[meta.name], `values.${meta.name}`) }));
  });
  text.fill(0);
  // No reason is told: it could quote what was sealed.
  if (!read.ok)
    throw new CoopError("VAULT_FOREIGN", `The values in ${vault.path} are of a kind that this coop does not know.`);
  return { slots, entries: read.value };
}

/** Reads, changes and writes the vault under its lock; what others write meanwhile is never overwritten. */
export async function changeVault(
  path: string,
  key: VaultKey,
  change: (before: VaultContents) => VaultContents,
  lock: Lock,
): Promise<void> {
  await rekeyVault(path, { before: key, after: key }, change, lock);
}

/** As changeVault, and seals what comes of it under another key: whoever knew the old one knows nothing of what is written. */
export async function rekeyVault(
  path: string,
  keys: { readonly before: VaultKey; readonly after: VaultKey },
  change: (before: VaultContents) => VaultContents,
  lock: Lock,
): Promise<void> {
  await lock(path, async () => {
    const vault = await readVault(path);
    if (vault === null) {
      throw new CoopError("VAULT_MISSING", `${path} is not there any more.`, { mend: "coop credentials init" });
    }
    const after = change(openVault(vault, keys.before));
    const { id, generation } = vault.header;
    await writePrivateFile(path, sealVault(id, generation + 1, keys.after, after), vault.bytes);
  });
}

export function drawId(): string {
  return randomBytes(16).toString("hex");
}

/** The bytes of a vault with these contents. */
export function sealVault(id: string, generation: number, key: VaultKey, { slots, entries }: VaultContents): Buffer {
  const nonce = drawNonce();
  const sorted = entries.toSorted((a, b) => (a.meta.name < b.meta.name ? -1 : 1));
  const bound = boundText({
    id,
    generation,
    slots,
    entries: sorted.map((each) => each.meta),
    nonce: nonce.toString("base64"),
  });
  const text = JSON.stringify({ values: Object.fromEntries(sorted.map((each) => [each.meta.name, each.value])) });
  const padding = BLOCK - (Buffer.byteLength(text) % BLOCK);
  const plain = Buffer.from(text + " ".repeat(padding));
  const bytes = printVault(bound, seal(key, nonce, bound, plain));
  plain.fill(0);
  return bytes;
}

/** Whether a key is this vault's, as it is now. */
export function opens(vault: VaultFile, key: VaultKey): boolean {
  return unseal(key, Buffer.from(vault.header.nonce, "base64"), vault.bound, vault.sealed) !== null;
}
