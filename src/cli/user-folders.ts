import { homedir, tmpdir } from "node:os";
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

/** What of the user's own coop keeps and cannot make again: `$XDG_DATA_HOME/coop`. */
export function dataFolder(environment: Environment): string {
  return join(environment["XDG_DATA_HOME"] || join(environment["HOME"] || homedir(), ".local/share"), "coop");
}

/** Where sockets of the user's own may lie; it may not be there yet. */
export function runtimeFolder(environment: Environment): string {
  const given = environment["XDG_RUNTIME_DIR"];
  return given ? join(given, "coop") : join(tmpdir(), `coop-${process.geteuid?.() ?? "user"}`);
}
