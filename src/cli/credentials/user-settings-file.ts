import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { parseUserSettings } from "../../sources/user-settings.ts";
import type { UserSettings } from "../../sources/user-settings.ts";
import type { Shell } from "../shell.ts";
import { settingsFolder } from "../user-folders.ts";

/** Where the user says which sources their own names have. */
export function userSettingsFile(shell: Shell): string {
  return join(settingsFolder(shell.environment), "credentials.yaml");
}

/** The user's settings of credentials. A file that others may write is refused whole: it names programs that coop runs. */
export async function readUserSettings(shell: Shell): Promise<UserSettings> {
  const file = userSettingsFile(shell);
  const stats = await stat(file).catch(() => null);
  const refused = (why: string, mend: string): CoopError =>
    new CoopError("FILE_TOO_OPEN", `${file} ${why}, so nothing in it counts.`, { mend });
  if (stats !== null && (stats.mode & 0o022) !== 0) throw refused("may be written by others", `chmod 600 ${file}`);
  if (stats !== null && stats.uid !== (process.geteuid?.() ?? stats.uid))
    throw refused(`belongs to the user ${stats.uid}`, "Move it away; it is not yours.");
  const text = stats === null ? "" : await readFile(file, "utf8");
  const read = parseUserSettings(text, shell.environment["HOME"] || homedir());
  if (read.ok) return read.value;
  throw new CoopError("FILE_UNREADABLE", `${file} cannot be used: ${read.reason}.`, {
    mend: "docs/credentials.md shows all that it may say.",
  });
}
