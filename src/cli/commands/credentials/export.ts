import { open, readFile, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CoopError } from "../../../diagnostics/coop-error.ts";
import { counted } from "../../../diagnostics/wording.ts";
import { KEY_COSTS } from "../../../vault/derive-key.ts";
import { parseVault, VAULT_LIMIT } from "../../../vault/vault-file.ts";
import { drawKey, keyByPassphrase, passphraseSlot } from "../../../vault/vault-key.ts";
import { changeVault, drawId, openVault, sealVault } from "../../../vault/vault-store.ts";
import { openedVault } from "../../credentials/open-vault.ts";
import { askPassphrase, passphraseFromDescriptor } from "../../credentials/passphrase.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { withFileLock } from "../../lock.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";
import { wantedPassphrase } from "./passphrase.ts";
import type { NewPassphraseArguments } from "./passphrase.ts";

/** `coop credentials export FILE`: all entries in a sealed file of its own, with a passphrase of its own. */
export async function exportCommand(
  args: NewPassphraseArguments & { readonly to: string },
  shell: Shell,
): Promise<ExitCode> {
  const path = resolve(shell.cwd, args.to);
  const { vault, key } = await openedVault(args, shell);
  const { entries } = openVault(vault, key);
  if (entries.length === 0) throw new CoopError("NOT_FOUND", "The vault is empty, so there is nothing to export.");
  const id = drawId();
  const own = drawKey();
  const slots = [await passphraseSlot(id, own, await wantedPassphrase(args, shell), KEY_COSTS)];
  await writeNew(path, sealVault(id, 1, own, { slots, entries }));
  shell.err(
    `Wrote ${counted(entries.length, "credential")} to ${path}, sealed. Elsewhere: coop credentials import FILE\n`,
  );
  return EXIT.done;
}

/** `coop credentials import FILE`: takes over what an export holds; what is there stays, unless it is to be replaced. */
export async function importCommand(
  args: PassphraseArguments & {
    readonly from: string;
    /** A descriptor that gives the passphrase of the file; null = a person is asked. */
    readonly filePassphraseFd: number | null;
    readonly replace: boolean;
  },
  shell: Shell,
): Promise<ExitCode> {
  const path = resolve(shell.cwd, args.from);
  const file = parseVault(path, await readWhole(path));
  const { vault, key } = await openedVault(args, shell);
  const passphrase =
    args.filePassphraseFd === null
      ? await askedPassphrase(args.from, shell)
      : await passphraseFromDescriptor(args.filePassphraseFd);
  const { entries } = openVault(file, await keyByPassphrase(file, passphrase));
  const there = new Set(vault.header.entries.map((each) => each.name));
  const taken = entries.filter((each) => args.replace || !there.has(each.meta.name));
  const names = new Set(taken.map((each) => each.meta.name));
  await changeVault(
    vault.path,
    key,
    (it) => ({ ...it, entries: [...it.entries.filter((each) => !names.has(each.meta.name)), ...taken] }),
    withFileLock,
  );
  for (const each of entries) shell.out(`${names.has(each.meta.name) ? "imported" : "kept    "}  ${each.meta.name}\n`);
  return EXIT.done;
}

async function askedPassphrase(file: string, shell: Shell): Promise<string> {
  if (!shell.interactive) {
    throw new CoopError("USAGE", `Nobody can be asked for the passphrase of ${file}.`, {
      mend: "Give it by --file-passphrase-fd.",
    });
  }
  const typed = await askPassphrase(`The passphrase of ${file} (not shown)`, shell);
  if (typed !== null) return typed;
  throw new CoopError("INTERRUPTED", "Nothing was changed.");
}

async function readWhole(path: string): Promise<Buffer> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new CoopError("NOT_FOUND", `${path} cannot be read.`, { cause });
  });
  if (!stats.isFile() || stats.size > VAULT_LIMIT)
    throw new CoopError("FILE_UNREADABLE", `${path} is no file that an export made.`);
  return readFile(path);
}

async function writeNew(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, "wx", 0o600).catch((cause: unknown) => {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new CoopError(
      "FILE_UNREADABLE",
      isThere ? `${path} is there already; nothing was written.` : `${path} cannot be written.`,
      { cause, mend: "Name another file." },
    );
  });
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
