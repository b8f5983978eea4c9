import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "../../src/vault/vault-store.ts";
import { createVault, drawId, readVault } from "../../src/vault/vault-store.ts";
import type { Lock } from "../../src/vault/vault-store.ts";
import type { VaultFile } from "../../src/vault/vault-file.ts";
import { drawKey, passphraseSlot } from "../../src/vault/vault-key.ts";
import type { VaultKey } from "../../src/vault/vault-key.ts";

/** As cheap as is allowed. */
export const CHEAP = { memoryKiB: 8 * 1024, passes: 1, lanes: 1 };
export const PASSPHRASE = "a passphrase of a test";

/** For tests in which nobody else writes. */
export const alone: Lock = (_path, work) => work();

export interface MadeVault {
  readonly path: string;
  readonly key: VaultKey;
}

/** An empty vault in a new folder, opened by PASSPHRASE. */
export async function aVault(): Promise<MadeVault> {
  const path = join(await mkdtemp(join(tmpdir(), "coop-vault-")), "coop", "vault");
  const id = drawId();
  const key = drawKey();
  await createVault(path, { id, key, slots: [await passphraseSlot(id, key, PASSPHRASE, CHEAP)] }, alone);
  return { path, key };
}

export async function there(path: string): Promise<VaultFile> {
  const vault = await readVault(path);
  if (vault === null) throw new Error(`no vault at ${path}`);
  return vault;
}

export function anEntry(name: string, text: string, differences: Partial<Entry["meta"]> = {}): Entry {
  const meta = { name, version: "0123456789abcdef", kind: "text", provider: null, rotated: null } as const;
  return {
    meta: { ...meta, created: "2026-01-02T03:04:05.000Z", expires: null, note: null, ...differences },
    value: { kind: "text", text },
  };
}
