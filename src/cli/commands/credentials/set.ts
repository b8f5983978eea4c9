import { CoopError } from "../../../diagnostics/coop-error.ts";
import { sourceText } from "../../../sources/secret-request.ts";
import type { EntryMeta } from "../../../vault/vault-header.ts";
import { confirm } from "../../confirm.ts";
import { expiryOf } from "../../credentials/expiry.ts";
import { entryName, metaOf, openedVault } from "../../credentials/open-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { readValue } from "../../credentials/read-value.ts";
import { namedProvider, signsForAws, userProviders } from "../../credentials/providers.ts";
import { readUserSettings } from "../../credentials/user-settings-file.ts";
import { drawVersion, storeEntry } from "../../credentials/store-entry.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

export interface SetArguments extends PassphraseArguments {
  readonly name: string;
  readonly profile: string | null;
  readonly provider: string | null;
  readonly kind: EntryMeta["kind"] | null;
  readonly expires: string | null;
  readonly note: string | null;
  readonly yes: boolean;
}

/** `coop credentials set NAME`: stores a value that is typed unseen or piped in. */
export async function setCommand(args: SetArguments, shell: Shell): Promise<ExitCode> {
  const name = entryName(args.name, args.profile);
  const expires = args.expires === null ? null : expiryOf(args.expires, Date.now());
  const provider = args.provider === null ? null : namedProvider(args.provider, userProviders(shell));
  refuseBothOnInput(args, shell);
  const { vault, key } = await openedVault(args, shell);
  const before = vault.header.entries.find((each) => each.name === name);
  if (
    before !== undefined &&
    !(await confirm(`"${name}" is there. Put another value in its place?`, args.yes, shell))
  ) {
    shell.err("Nothing was changed.\n");
    return EXIT.done;
  }
  const value = await readValue(args.kind ?? (signsForAws(provider) ? "aws" : "text"), provider, shell);
  const made = new Date().toISOString();
  await storeEntry(vault.path, key, {
    value,
    meta: {
      name,
      version: drawVersion(),
      kind: value.kind,
      provider: args.provider ?? before?.provider ?? null,
      created: before?.created ?? made,
      rotated: before === undefined ? null : made,
      expires,
      note: args.note ?? before?.note ?? null,
    },
  });
  shell.err(
    `Stored "${name}".${provider === null || provider.expiry === null || expires !== null ? "" : ` ${provider.expiry}`}\n`,
  );
  await tellShadowed(name, shell);
  return EXIT.done;
}

/** `coop credentials rotate NAME`: a new value for what is there; what is known of it stays. */
export async function rotateCommand(
  args: PassphraseArguments & {
    readonly name: string;
    readonly profile: string | null;
    readonly expires: string | null;
  },
  shell: Shell,
): Promise<ExitCode> {
  const name = entryName(args.name, args.profile);
  const expires = args.expires === null ? null : expiryOf(args.expires, Date.now());
  refuseBothOnInput(args, shell);
  const { vault, key } = await openedVault(args, shell);
  const before = metaOf(vault, name);
  const value = await readValue(
    before.kind,
    before.provider === null ? null : userProviders(shell).find(before.provider),
    shell,
  );
  const meta = { ...before, version: drawVersion(), rotated: new Date().toISOString(), expires };
  await storeEntry(vault.path, key, { value, meta });
  shell.err(`Rotated "${name}". Projects that use it take it with their next: coop apply\n`);
  return EXIT.done;
}

function refuseBothOnInput({ passphraseFd }: PassphraseArguments, shell: Shell): void {
  if (passphraseFd !== 0 || shell.interactive) return;
  throw new CoopError("USAGE", "The passphrase and the value cannot both be on standard input.", {
    mend: "Give the passphrase by another descriptor: --passphrase-fd 3 3< FILE",
  });
}

// What the user's own settings say of a name counts before the vault.
async function tellShadowed(name: string, shell: Shell): Promise<void> {
  const { sources } = await readUserSettings(shell);
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source === undefined || source.kind === "vault") return;
  shell.err(
    `warning: your credentials.yaml says that "${name}" comes from ${sourceText(source, name)}, so what is stored is not used.\n`,
  );
}
