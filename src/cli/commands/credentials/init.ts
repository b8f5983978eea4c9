import { CoopError } from "../../../diagnostics/coop-error.ts";
import { makeVault } from "../../credentials/make-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { askNewPassphrase, passphraseFromDescriptor, refuseWeak } from "../../credentials/passphrase.ts";
import { readUserSettings } from "../../credentials/user-settings-file.ts";
import { keyFilePath, vaultPath } from "../../credentials/vault-access.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

interface InitArguments extends PassphraseArguments {
  /** Open it by a key that lies in a file of this machine. */
  readonly keyFile: boolean;
  /** Open it by a key in the desktop's keyring. */
  readonly keyring: boolean;
}

/** `coop credentials init`: makes the vault, opened by a passphrase unless another way was chosen. */
export async function initCommand(args: InitArguments, shell: Shell): Promise<ExitCode> {
  const settings = await readUserSettings(shell);
  const ways = { keyFile: args.keyFile, keyring: args.keyring };
  await makeVault({ passphrase: await newPassphrase(args, shell), ...ways }, settings, shell);
  shell.err(`Made the vault ${vaultPath(settings, shell)}.\n`);
  if (args.keyFile) {
    shell.err(
      `Whoever reads ${keyFilePath(settings, shell)} opens it: keep that file out of every backup that holds the vault.\n`,
    );
  }
  if (args.keyring) shell.err("Its key is in your keyring; when that is lost, only a passphrase opens it.\n");
  return EXIT.done;
}

/** A new passphrase by descriptor or from a person; null where another way was chosen and none was given. */
export async function newPassphrase(args: InitArguments, shell: Shell): Promise<string | null> {
  if (args.passphraseFd !== null) {
    const passphrase = await passphraseFromDescriptor(args.passphraseFd);
    refuseWeak(passphrase);
    return passphrase;
  }
  // A key in a file is for machines that nobody sits at; the keyring is a person's, who needs a second way.
  if (args.keyFile) return null;
  if (shell.interactive) {
    const passphrase = await askNewPassphrase(shell);
    if (passphrase !== null) return passphrase;
    throw new CoopError("INTERRUPTED", "No vault was made.");
  }
  throw new CoopError("USAGE", "A vault needs a passphrase, and nobody can be asked for one.", {
    mend: "Give it by --passphrase-fd, or choose --key-file for a machine that nobody sits at.",
  });
}
