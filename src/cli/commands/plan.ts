import { writeFile } from "node:fs/promises";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { coloursFor } from "../../render/colours.ts";
import { planText } from "../../render/plan-text.ts";
import { openFileAndWorld } from "../open-project.ts";
import { summaryOf } from "../summary-of.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare } from "../world.ts";

export interface PlanArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly json: boolean;
  readonly out: string | null;
  readonly detailedExitcode: boolean;
  readonly failOnLoosening: boolean;
}

/** `coop plan`: what apply would do, and why. */
export async function planCommand(args: PlanArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  const comparison = await compare(world, shell);
  const summary = await summaryOf(world, comparison, shell);
  if (args.out !== null) {
    await savePlan(args.out, `${JSON.stringify(summary, null, 2)}\n`);
    shell.err(`Wrote ${args.out}. Apply exactly this with: coop apply --plan ${args.out}\n`);
  }
  shell.out(args.json ? `${JSON.stringify(summary, null, 2)}\n` : planText(summary, coloursFor(shell.colours)));
  if (args.failOnLoosening && summary.counts.loosens > 0) {
    shell.err(`The plan loosens ${summary.counts.loosens} rule(s), and --fail-on loosening was given.\n`);
    return EXIT.refusedByPolicy;
  }
  return args.detailedExitcode && summary.changes.length > 0 ? EXIT.changesPending : EXIT.done;
}

async function savePlan(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CoopError("FILE_UNREADABLE", `The plan cannot be written to ${path}: ${why}`, {
      cause,
      mend: "Name a file in a folder that is there and that you may write.",
    });
  });
}
