import type { Engine } from "../backends/docker/connect.ts";
import type { Shell } from "./shell.ts";

/** A Docker that was asked for its facts before anybody knows whether the file wants it. */
export interface EngineAhead {
  readonly docker: Promise<Engine>;
  /** Nobody wants to know any more: an engine that hangs must not hold the command. */
  readonly forget: () => void;
}

/**
 * Asks the engine while the file is read: it takes as long for its answer as coop for the file. Nothing is said of a failure
 * until somebody needs the engine.
 */
export async function engineAhead(shell: Shell): Promise<EngineAhead> {
  const { connectDocker } = await import("../backends/docker/connect.ts");
  const given = new AbortController();
  const docker = connectDocker(shell.environment, given.signal);
  docker.catch(() => undefined);
  // The request leaves when the event loop turns, which it does not while the file is read.
  await new Promise((resolve) => setImmediate(resolve));
  return { docker, forget: () => given.abort() };
}
