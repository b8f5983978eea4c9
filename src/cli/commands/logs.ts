import { decisionText } from "../../render/decision-text.ts";
import { harmlessOutput } from "../../render/display-text.ts";
import { findNamed, namedObjects } from "../find-sandbox.ts";
import { openFileAndWorld } from "../open-project.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface LogsArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly name: string | null;
  readonly follow: boolean;
  readonly tail: number | null;
  readonly egress: boolean;
  /** With `egress`: the gateway's own JSON lines. */
  readonly json: boolean;
  /** Hands everything to a terminal as it is, also what it would obey. */
  readonly raw: boolean;
}

/** `coop logs`: what sandboxes and services print, or what the gateway decided. */
export async function logsCommand(args: LogsArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  const all = await namedObjects(world);
  const chosen = args.egress
    ? all.filter((each) => each.role === "gateway")
    : args.name === null
      ? all.filter((each) => each.role !== "gateway")
      : [await findNamed(world, args.name)];
  const about = args.egress && args.name !== null ? `/${args.name.replace(/\.0$/, "")}` : null;
  const width = Math.max(0, ...chosen.map((each) => each.name.length));
  await Promise.all(
    chosen.map((each) =>
      world.backend.operations.logs(
        each,
        { follow: args.follow, tail: args.tail },
        (line) => {
          if (about !== null && !line.includes(about)) return;
          const said = args.egress && !args.json ? decisionText(line) : line;
          const shown = shell.terminal && !args.raw ? harmlessOutput(said) : said;
          shell.out(chosen.length > 1 ? `${each.name.padEnd(width)} | ${shown}\n` : `${shown}\n`);
        },
        shell.signal,
      ),
    ),
  );
  return EXIT.done;
}
