import { START_SCRIPT } from "../../../compilers/container/preparation.ts";
import { attachExec } from "../../backends/docker/attach-exec.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { findNamed } from "../find-sandbox.ts";
import { openFile } from "../open-project.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { openWorld } from "../world.ts";

export interface ExecArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly name: string | null;
  readonly command: readonly string[];
  readonly tty: boolean;
}

/** `coop exec NAME -- COMMAND`: as the sandbox's user, with its environment; the command's exit code is coop's. */
export async function execCommand(args: ExecArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const world = await openWorld(opened.project, args.target, shell);
  const named = await findNamed(world, args.name);
  if (!named.running) throw new CoopError("NOT_FOUND", `"${named.name}" is not running.`, { mend: "coop apply starts it; coop logs shows how it ended." });
  const command = named.loadsEnvironment ? ["/bin/sh", START_SCRIPT, ...args.command] : args.command;
  return attachExec(named.container, { command, tty: args.tty && process.stdin.isTTY && process.stdout.isTTY }, shell.signal);
}

/** `coop shell [NAME]`: bash where the image has it, sh elsewhere. */
export function shellCommand(args: Omit<ExecArguments, "command" | "tty">, shell: Shell): Promise<ExitCode> {
  return execCommand({ ...args, command: ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash -l || exec sh -l"], tty: true }, shell);
}
