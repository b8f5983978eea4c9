import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Readable, Writable } from "node:stream";

/**
 * Passes one line from `input` to the gateway of this container and its answer to `output`: the process that `docker exec`
 * starts, so that values come by a pipe and stand in no argv. Resolves with the process's exit code.
 */
export async function passToGateway(path: string, input: Readable, output: Writable): Promise<number> {
  const socket = connect(path);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    input.pipe(socket);
    const answer = await text(socket);
    output.write(answer);
    const { ok }: { readonly ok?: unknown } = JSON.parse(answer);
    return ok === true ? 0 : 1;
  } catch (error) {
    output.write(`${JSON.stringify({ ok: false, reason: `the gateway does not answer: ${reasonOf(error)}` })}\n`);
    return 1;
  } finally {
    socket.destroy();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "no answer";
}
