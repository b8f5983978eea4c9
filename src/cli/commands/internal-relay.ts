import { namedEngine, openEngine } from "../../backends/docker/open-engine.ts";
import { dockerOperations } from "../../backends/docker/operations.ts";
import type { ExitCode, Shell } from "../shell.ts";

/** Not for people: joins this process's streams to a command in a container, for a git that wants a program to talk to. */
export async function internalRelay(
  args: { readonly handle: string; readonly command: readonly string[] },
  shell: Shell,
): Promise<ExitCode> {
  const engine = await openEngine(namedEngine(shell.environment), shell.environment, shell.signal);
  return dockerOperations(engine.docker).execIn(
    args.handle,
    { command: args.command, user: null, streams: shell.streams(false) },
    shell.signal,
  );
}
