import { changeVault } from "../../../vault/vault-store.ts";
import { confirm } from "../../confirm.ts";
import { entryName, metaOf, openedVault } from "../../credentials/open-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { withFileLock } from "../../lock.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

/** `coop credentials rm NAME`: takes a value out of the vault, after a yes. */
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
  shell.err(`Removed "${name}". It is still good where it came from: revoke it there.\n`);
  return EXIT.done;
}
