import { randomBytes } from "node:crypto";
import { changeVault } from "../../vault/vault-store.ts";
import type { Entry } from "../../vault/vault-store.ts";
import { withFileLock } from "../lock.ts";

/** Puts an entry into the vault, in the place of one of the same name. */
export async function storeEntry(path: string, key: Uint8Array, entry: Entry): Promise<void> {
  await changeVault(
    path,
    key,
    (it) => ({ ...it, entries: [...it.entries.filter((each) => each.meta.name !== entry.meta.name), entry] }),
    withFileLock,
  );
}

/** The mark of a new value. */
export function drawVersion(): string {
  return randomBytes(8).toString("hex");
}
