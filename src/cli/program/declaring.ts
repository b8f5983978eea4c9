import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { ExitCode, Shell } from "../shell.ts";

/** What a group of commands needs to declare itself. */
export interface Declaring {
  readonly program: Command;
  readonly shell: Shell;
  /** Takes the exit code of a command when it ends. */
  readonly done: (work: Promise<ExitCode>) => Promise<void>;
}

/** Options as commander gives them. */
export interface CommonOptions {
  readonly file?: string;
  readonly target?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** The same with nothing left out. */
export interface CommonArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly json: boolean;
  readonly yes: boolean;
}

export function common(options: CommonOptions): CommonArguments {
  return {
    file: options.file ?? null,
    target: options.target ?? null,
    json: options.json === true,
    yes: options.yes === true,
  };
}

type Shared = "target" | "json" | "yes";

/** Declares a command with `-f` and those options that mean the same everywhere. */
export function command(
  { program }: Declaring,
  name: string,
  description: string,
  shared: readonly Shared[] = [],
): Command {
  const added = program.command(name).description(description);
  added.option("-f, --file <file>", "the coop.yaml to use; default: the nearest one above this folder");
  if (shared.includes("target"))
    added.option("--target <name>", "an entry of `targets`; default: the file's defaultTarget");
  if (shared.includes("json")) added.option("--json", "print JSON instead of text");
  if (shared.includes("yes")) added.option("-y, --yes", "do not ask");
  return added;
}

/** What stands behind `--` reaches us with it when options of ours stood before it. */
export function withoutDashes(words: readonly string[]): readonly string[] {
  return words[0] === "--" ? words.slice(1) : words;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(`${text} is no whole number above 0.`);
}
