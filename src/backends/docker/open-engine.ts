import { CoopError } from "../../diagnostics/coop-error.ts";
import { connectDocker, ENGINE_NAMES } from "./connect.ts";
import type { Engine } from "./connect.ts";
import { connectPodman, hasPodman } from "./podman/connect-podman.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** An engine that a file or COOP_RUNTIME names; null = whichever is here. */
export type EngineChoice = Engine["kind"] | null;

/** What COOP_RUNTIME says; refuses what is no engine. */
export function namedEngine(environment: Environment): EngineChoice {
  const named = environment["COOP_RUNTIME"] ?? "";
  if (named === "") return null;
  if (isEngine(named)) return named;
  throw new CoopError("ENGINE_UNSUPPORTED", `COOP_RUNTIME is "${named}", which is no engine that coop drives.`, {
    mend: `Set it to one of: ${Object.keys(ENGINE_NAMES).join(", ")}; or unset it.`,
  });
}

export function isEngine(name: string): name is Engine["kind"] {
  return Object.hasOwn(ENGINE_NAMES, name);
}

/**
 * Connects to the engine that was chosen; without a choice to Docker, and where that does not answer, to Podman. `docker`: one that
 * is being connected to already.
 */
export async function openEngine(
  choice: EngineChoice,
  environment: Environment,
  signal: AbortSignal,
  docker?: Promise<Engine>,
): Promise<Engine> {
  const toDocker = (): Promise<Engine> => docker ?? connectDocker(environment, signal);
  if (choice === "docker") return toDocker();
  if (choice === "podman") return connectPodman(environment, signal);
  try {
    return await toDocker();
  } catch (refusal) {
    if (!(refusal instanceof CoopError) || refusal.code !== "ENGINE_UNREACHABLE") throw refusal;
    // A host that somebody names is the only one: silently using another engine would surprise.
    if ((environment["DOCKER_HOST"] ?? "") !== "") throw refusal;
    if (!hasPodman(environment)) throw nothingHere(refusal);
    return connectPodman(environment, signal);
  }
}

function nothingHere(refusal: CoopError): CoopError {
  return new CoopError("ENGINE_UNREACHABLE", `${refusal.message}\n  podman: no such program on PATH`, {
    cause: refusal,
    mend: "Install and start Docker or Podman (on Debian: `sudo apt-get install docker.io iptables` or `sudo apt-get install podman`).",
  });
}
