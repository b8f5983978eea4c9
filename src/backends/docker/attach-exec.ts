import type Dockerode from "dockerode";
import { finished } from "node:stream/promises";
import { engineCall } from "./engine-errors.ts";

/** Runs a command in a container joined to this process's own streams; gives its exit code. */
export async function attachExec(
  container: Dockerode.Container,
  options: { readonly command: readonly string[]; readonly tty: boolean },
  signal: AbortSignal,
): Promise<number> {
  const { command, tty } = options;
  const exec = await engineCall(`run ${command[0] ?? "a command"}`, () =>
    container.exec({ Cmd: [...command], AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: tty }),
  );
  const stream = await engineCall(`run ${command[0] ?? "a command"}`, () => exec.start({ hijack: true, stdin: true, Tty: tty }));
  const { stdin, stdout, stderr } = process;
  const resize = (): void => {
    void exec.resize({ h: stdout.rows ?? 24, w: stdout.columns ?? 80 }).catch(() => undefined);
  };
  if (tty) {
    stdin.setRawMode(true);
    stdout.on("resize", resize);
    resize();
    stream.pipe(stdout, { end: false });
  } else {
    container.modem.demuxStream(stream, stdout, stderr);
  }
  stdin.pipe(stream);
  const abort = (): void => void stream.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await finished(stream, { writable: false }).catch(() => undefined);
    const { ExitCode } = await exec.inspect();
    return ExitCode ?? (signal.aborted ? 130 : 1);
  } finally {
    signal.removeEventListener("abort", abort);
    stdout.off("resize", resize);
    if (tty) stdin.setRawMode(false);
    stdin.unpipe(stream);
    stdin.pause();
    stream.destroy();
  }
}
