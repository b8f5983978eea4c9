import type { SecretValue } from "../../../model/provider.ts";
import { harmless } from "../../../render/display-text.ts";
import { openVault } from "../../../vault/vault-store.ts";
import { entryName, lockedVault, metaOf, openedVault } from "../../credentials/open-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { readUserSettings } from "../../credentials/user-settings-file.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";
import { shownMeta } from "./list.ts";

interface ShowArguments extends PassphraseArguments {
  readonly name: string;
  readonly profile: string | null;
  /** Only what is known without opening the vault. */
  readonly meta: boolean;
  readonly json: boolean;
}

/** `coop credentials show NAME`: what is known of it, and the last four characters of a value that is long enough for that. */
export async function showCommand(args: ShowArguments, shell: Shell): Promise<ExitCode> {
  const name = entryName(args.name, args.profile);
  const shown = args.meta ? await known(name, shell) : await masked(name, args, shell);
  if (args.json) {
    shell.out(`${JSON.stringify({ version: 1, ...shown }, null, 2)}\n`);
    return EXIT.done;
  }
  for (const [key, value] of Object.entries(shown))
    if (value !== null) shell.out(`${key}: ${harmless(String(value))}\n`);
  return EXIT.done;
}

async function known(name: string, shell: Shell): Promise<object> {
  return shownMeta(metaOf(await lockedVault(await readUserSettings(shell), shell), name));
}

async function masked(name: string, args: ShowArguments, shell: Shell): Promise<object> {
  const { vault, key } = await openedVault(args, shell);
  const meta = metaOf(vault, name);
  const entry = openVault(vault, key).entries.find((each) => each.meta.name === name);
  return { ...shownMeta(meta), value: entry === undefined ? null : maskedText(entry.value) };
}

// Four of twenty or more characters help a person to tell two keys apart, and nobody to guess one.
function maskedText(value: SecretValue): string {
  const text = value.kind === "text" ? value.text : value.kind === "aws" ? value.accessKeyId : value.accessToken;
  return text.length >= 20 ? `…${text.slice(-4)}` : "…";
}
