import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import type Dockerode from "dockerode";
import { engineCall } from "./engine-errors.ts";

/** Asks the admin socket of a running gateway: one value as JSON in, one line of JSON out. */
export function askGateway(
  gateway: Dockerode.Container,
  request: unknown,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  const command = ["/usr/local/bin/node", "gateway.mjs", "--admin"];
  return throughStandardInput(gateway, command, `${JSON.stringify(request)}\n`, signal);
}

async function throughStandardInput(
  container: Dockerode.Container,
  command: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  return engineCall("speak with the gateway", async () => {
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
