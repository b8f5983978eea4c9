import { writeFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { processShell } from "./process-shell.ts";
import type { Declaring } from "./program/declaring.ts";
import { declareFileCommands } from "./program/file-commands.ts";
import { declareSandboxCommands } from "./program/sandbox-commands.ts";
import { declareUserCommands } from "./program/user-commands.ts";
import { declareWorldCommands } from "./program/world-commands.ts";
import { EXIT } from "./shell.ts";
import type { ExitCode, Shell } from "./shell.ts";
import { version } from "./version.ts";

/** Runs one command line. Commands are loaded when they are called, so that `coop validate` loads no engine SDK. */
export async function main(argv: readonly string[], shell: Shell): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const done: Declaring["done"] = async (work) => {
    exit = await work;
  };
  try {
    await programFor(shell, done).parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    // Commander has already written its own sentence; usage errors leave with 1, help and version with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failed;
    const { tellFailure } = await import("./failures.ts");
    return tellFailure(error, shell);
  }
}

function programFor(shell: Shell, done: Declaring["done"]): Command {
  const program = new Command("coop")
    .description(
      "Run coding agents that nobody fully trusts: one coop.yaml, closed sandboxes, a plan before every change.",
    )
    .version(version(), "-V, --version")
    .exitOverride()
    .configureOutput({ writeOut: shell.out, writeErr: shell.err })
    .showSuggestionAfterError()
    .showHelpAfterError("(coop --help shows all commands)")
    .enablePositionalOptions();
  const to: Declaring = { program, shell, done };
  declareFileCommands(to);
  declareWorldCommands(to);
  declareSandboxCommands(to);
  declareUserCommands(to);
  return program;
}

/** Runs the command line of this process. */
export async function start(): Promise<void> {
  leaveNoMemoryInDumps();
  const shell = processShell();
  process.exitCode = await main(process.argv.slice(2), shell);
  // An input that nobody ends (a terminal, an open pipe) must not keep a finished command alive.
  process.stdin.destroy();
}

// A core dump of this process, or of one that it starts, holds no memory: values and keys lie there. bin/coop also sets the
// limit to none, which a system that pipes dumps to a program does not heed.
function leaveNoMemoryInDumps(): void {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch {
    // Linux alone has it.
  }
}

if (import.meta.main) await start();
