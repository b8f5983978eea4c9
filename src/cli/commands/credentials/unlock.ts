import { CoopError } from "../../../diagnostics/coop-error.ts";
import { endAgent } from "../../../vault/unlock-agent.ts";
import { lockedVault, openedVault } from "../../credentials/open-vault.ts";
import type { PassphraseArguments } from "../../credentials/open-vault.ts";
import { startAgent } from "../../credentials/start-agent.ts";
import { readUserSettings } from "../../credentials/user-settings-file.ts";
import { agentSocket, vaultPath } from "../../credentials/vault-access.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

const MOST_MS = 24 * 3_600_000;

/** `coop credentials unlock`: a process of the user's holds the key for a time, so that nothing asks for the passphrase. */
export async function unlockCommand(
  args: PassphraseArguments & {
    /** Milliseconds; null = as the settings say. */
    readonly forMs: number | null;
  },
  shell: Shell,
): Promise<ExitCode> {
  const settings = await readUserSettings(shell);
  await lockedVault(settings, shell);
  const forMs = args.forMs ?? settings.vault.autoLockMs;
  if (forMs > MOST_MS)
    throw new CoopError("USAGE", "A vault stays unlocked for 24 hours at most.", { mend: "Name a shorter time." });
  const { vault, key } = await openedVault(args, shell);
  const until = Date.now() + forMs;
  await startAgent(agentSocket(vault.path, shell), key, until, shell);
  shell.err(`Unlocked until ${new Date(until).toLocaleTimeString()}. coop credentials lock ends it.\n`);
  return EXIT.done;
}

/** `coop credentials lock`: ends that process. */
export async function lockCommand(shell: Shell): Promise<ExitCode> {
  const settings = await readUserSettings(shell);
  const wasThere = await endAgent(agentSocket(vaultPath(settings, shell), shell));
  shell.err(wasThere ? "Locked.\n" : "It was locked.\n");
  return EXIT.done;
}
