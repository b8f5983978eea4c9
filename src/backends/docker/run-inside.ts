import type Dockerode from "dockerode";
import { buffer } from "node:stream/consumers";
import { engineCall } from "./engine-errors.ts";
import { framesOf } from "./logs.ts";

/** How a command inside a container ended, and what it printed on both streams. */
export interface InsideResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a command in a running container to its end, as the container's user. */
export async function runInside(
  container: Dockerode.Container,
  command: readonly string[],
  signal: AbortSignal,
): Promise<InsideResult> {
  return engineCall(`run ${command[0] ?? "a command"}`, async () => {
    const exec = await container.exec({
      Cmd: [...command],
      AttachStdout: true,
      AttachStderr: true,
      abortSignal: signal,
    });
    const stream = await exec.start({ hijack: true, stdin: false });
    const output = framesOf(await buffer(stream)).toString("utf8");
    const { ExitCode } = await exec.inspect();
    return { code: ExitCode ?? -1, output };
  });
}
