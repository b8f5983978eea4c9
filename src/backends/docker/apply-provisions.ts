import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import type Dockerode from "dockerode";
import type { ProvisionsSpec } from "../../../compilers/container/resources.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { Resource } from "../../graph/resource.ts";
import { engineCall } from "./engine-errors.ts";
import type { Hands } from "./hands.ts";

/**
 * Gives the running gateway what it holds in memory alone. The values go through the standard input of a process inside its
 * container: they are in no argv, no environment and no file, and no `inspect` shows them.
 */
export async function applyProvisions(hands: Hands, desired: Resource<"provisions", ProvisionsSpec>): Promise<void> {
  hands.report("reading the credentials");
  const provisions = await hands.suppliers.provisions(desired.spec, desired.digest);
  hands.report("handing the credentials to the gateway");
  const gateway = hands.docker.getContainer(desired.spec.gateway);
  const { code, output } = await throughStandardInput(
    gateway,
    ["/usr/local/bin/node", "gateway.mjs", "--admin"],
    `${JSON.stringify(provisions)}\n`,
    hands.signal,
  );
  if (code === 0) return;
  throw new CoopError("ENGINE_REFUSED", `The gateway did not take its credentials: ${output.trim()}`, {
    mend: "`coop logs gateway` shows what it said.",
  });
}

async function throughStandardInput(
  container: Dockerode.Container,
  command: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  return engineCall("hand the gateway its credentials", async () => {
    const options = { AttachStdin: true, AttachStdout: true, AttachStderr: true, abortSignal: signal };
    const exec = await container.exec({ Cmd: [...command], ...options });
    const stream = await exec.start({ hijack: true, stdin: true });
    const said = new PassThrough();
    container.modem.demuxStream(stream, said, said);
    stream.end(input);
    await finished(stream, { writable: false, signal }).catch(() => undefined);
    said.end();
    const output = await text(said);
    const { ExitCode } = await exec.inspect();
    return { code: ExitCode ?? -1, output };
  });
}
