import { readGrants } from "../../../grants/grant-store.ts";
import { vaultName } from "../../../sources/secret-request.ts";
import { changeVault } from "../../../vault/vault-store.ts";
import { confirm } from "../../confirm.ts";
import { entryName, metaOf, openedVault } from "../../credentials/open-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { grantsFile } from "../../credentials/grants.ts";
import { engineOrNone, takeBack } from "../../credentials/take-back.ts";
import { readUserSettings } from "../../credentials/user-settings-file.ts";
import { withFileLock } from "../../lock.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

/** `coop credentials rm NAME`: takes a value out of the vault, after a yes, and out of every gateway here that has it. */
export async function rmCommand(
  args: PassphraseArguments & { readonly name: string; readonly profile: string | null; readonly yes: boolean },
  shell: Shell,
): Promise<ExitCode> {
  const name = entryName(args.name, args.profile);
  const { vault, key } = await openedVault(args, shell);
  metaOf(vault, name);
  if (!(await confirm(`Remove "${name}" for good?`, args.yes, shell))) {
    shell.err("Nothing was changed.\n");
    return EXIT.done;
  }
  await changeVault(
    vault.path,
    key,
    (it) => ({ ...it, entries: it.entries.filter((each) => each.meta.name !== name) }),
    withFileLock,
  );
  await takeFromGateways(name, shell);
  shell.err(`Removed "${name}". It is still good where it came from: revoke it there.\n`);
  return EXIT.done;
}

// What the user's own settings say of the name counts before the vault, so nobody has the vault's.
async function takeFromGateways(name: string, shell: Shell): Promise<void> {
  if (Object.hasOwn((await readUserSettings(shell)).sources, name)) return;
  const given = (await readGrants(grantsFile(shell))).filter(
    ({ source, profile }) => source.startsWith("vault:") && vaultName(source.slice("vault:".length), profile) === name,
  );
  const engine = given.length === 0 ? null : await engineOrNone(shell);
  if (engine !== null) await takeBack(given, engine, shell);
}
