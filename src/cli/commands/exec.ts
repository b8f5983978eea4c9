import { findRunning } from "../find-sandbox.ts";
import { openFileAndWorld } from "../open-project.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface ExecArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly name: string | null;
  readonly command: readonly string[];
  /** Whether the command may have the person's terminal, where there is one. */
  readonly tty: boolean;
}

/** `coop exec NAME -- COMMAND`: as the sandbox's user, with its environment; the command's exit code is coop's. */
export async function execCommand(args: ExecArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  const object = await findRunning(world, args.name);
  return world.backend.operations.exec(
    object,
    { command: args.command, user: null, streams: shell.streams(args.tty) },
    shell.signal,
  );
}

/** `coop shell [NAME]`: bash where the image has it, sh elsewhere. */
export function shellCommand(args: Omit<ExecArguments, "command" | "tty">, shell: Shell): Promise<ExitCode> {
  return execCommand(
    { ...args, command: ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash -l || exec sh -l"], tty: true },
    shell,
  );
}
