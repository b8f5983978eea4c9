import { coloursFor } from "../../render/colours.ts";
import { planText } from "../../render/plan-text.ts";
import { saveWork } from "../bring-back.ts";
import { carryOut } from "../carry-out.ts";
import { confirm } from "../confirm.ts";
import { credentialsFor } from "../credentials/credentials-for.ts";
import { keepRenewed } from "../credentials/keep-renewed.ts";
import { openFileAndWorld } from "../open-project.ts";
import { refuseStale } from "../stale-plan.ts";
import { summaryOf } from "../summary-of.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare } from "../world.ts";
import { withLock } from "../lock.ts";

export interface ApplyArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly yes: boolean;
  readonly json: boolean;
  readonly plan: string | null;
  /** Removes or replaces volumes with data and workspaces with work. */
  readonly deleteData: boolean;
  readonly parallelism: number;
}

/** `coop apply`: shows the plan, asks, carries it out, says what is not converged. */
export async function applyCommand(args: ApplyArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  const { project } = world.project.model;
  return withLock(world.backend.engine.id, project, "coop apply", async () => {
    await keepRenewed(world.project, () => world.backend.renewed(project, shell.signal), shell);
    const comparison = await compare(world, shell);
    const summary = await summaryOf(world, comparison, shell);
    if (args.plan !== null) await refuseStale(args.plan, summary.fingerprint);
    if (!args.json) shell.out(planText(summary, coloursFor(shell.colours), !args.deleteData));
    if (summary.changes.length > 0 && args.plan === null && !(await confirm("Apply these changes?", args.yes, shell))) {
      shell.err("Nothing was changed.\n");
      return shell.interactive ? EXIT.done : EXIT.refusedByPolicy;
    }
    await credentialsFor(world, shell);
    return carryOut(
      world,
      comparison,
      {
        json: args.json,
        deleteData: args.deleteData,
        saveWork: args.deleteData ? undefined : (volume) => saveWork(world, volume, shell),
        parallelism: args.parallelism,
        again: () => compare(world, shell),
      },
      shell,
    );
  });
}
