import { homedir } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's own settings of coop: `$XDG_CONFIG_HOME/coop`. A repository's file can never write here. */
export function settingsFolder(environment: Environment): string {
  return join(environment["XDG_CONFIG_HOME"] || join(environment["HOME"] || homedir(), ".config"), "coop");
}

/** What coop can make again at any time: `$XDG_CACHE_HOME/coop`. */
export function cacheFolder(environment: Environment): string {
  return join(environment["XDG_CACHE_HOME"] || join(environment["HOME"] || homedir(), ".cache"), "coop");
}

/** What coop must remember between runs beside the engine's own objects: `$XDG_STATE_HOME/coop`. */
export function stateFolder(environment: Environment): string {
  return join(environment["XDG_STATE_HOME"] || join(environment["HOME"] || homedir(), ".local/state"), "coop");
}
