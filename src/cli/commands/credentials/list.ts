import { sourceText } from "../../../sources/secret-request.ts";
import type { EntryMeta } from "../../../vault/vault-header.ts";
import { heldUntil } from "../../../vault/unlock-agent.ts";
import { readVault } from "../../../vault/vault-store.ts";
import { harmless } from "../../../render/display-text.ts";
import { readUserSettings } from "../../credentials/user-settings-file.ts";
import { agentSocket, vaultPath } from "../../credentials/vault-access.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

const DAY_MS = 86_400_000;

/** `coop credentials list`: names and what is known of them. Opens nothing. */
export async function listCommand(args: { readonly json: boolean }, shell: Shell): Promise<ExitCode> {
  const settings = await readUserSettings(shell);
  const path = vaultPath(settings, shell);
  const vault = await readVault(path);
  const until = vault === null ? null : await heldUntil(agentSocket(path, shell));
  const entries = vault?.header.entries ?? [];
  const sources = Object.entries(settings.sources).map(([name, source]) => ({
    name,
    source: sourceText(source, name),
  }));
  if (args.json) {
    const ways = (vault?.header.slots ?? []).map((each) => each.kind);
    const unlockedUntil = until === null ? null : new Date(until).toISOString();
    shell.out(
      `${JSON.stringify({ version: 1, vault: { file: path, exists: vault !== null, ways, unlockedUntil }, entries: entries.map(shownMeta), sources }, null, 2)}\n`,
    );
    return EXIT.done;
  }
  for (const each of entries) shell.out(`${lineOf(each, Date.now())}\n`);
  for (const each of sources) shell.out(`${each.name}  from ${each.source}, by your credentials.yaml\n`);
  if (vault === null) shell.err("There is no vault yet: coop credentials init\n");
  else if (entries.length === 0) shell.err("The vault is empty: coop credentials set NAME\n");
  if (until !== null) shell.err(`Unlocked until ${new Date(until).toLocaleTimeString()}: coop credentials lock\n`);
  return EXIT.done;
}

/** What is known of an entry, without the mark of its value. */
export function shownMeta({ version: _version, ...shown }: EntryMeta): Omit<EntryMeta, "version"> {
  return shown;
}

function lineOf(entry: EntryMeta, now: number): string {
  const parts = [
    entry.provider ?? entry.kind,
    entry.rotated === null ? `since ${day(entry.created)}` : `rotated ${day(entry.rotated)}`,
    ...(entry.expires === null ? [] : [expiry(entry.expires, now)]),
    ...(entry.note === null ? [] : [entry.note]),
  ];
  return harmless(`${entry.name}  ${parts.join(", ")}`);
}

function expiry(expires: string, now: number): string {
  const days = Math.floor((Date.parse(expires) - now) / DAY_MS);
  if (days < 0) return `EXPIRED ${day(expires)}`;
  return days < 7 ? `expires ${expires}` : `expires ${day(expires)}`;
}

function day(time: string): string {
  return time.slice(0, 10);
}
