import { resourceGraph } from "../../graph/resource.ts";
import { plan } from "../../plan/plan.ts";
import { reachDiff } from "../../plan/reach.ts";
import { coloursFor } from "../../render/colours.ts";
import { planSummary } from "../../render/plan-summary.ts";
import { planText } from "../../render/plan-text.ts";
import { carryOut } from "../carry-out.ts";
import { confirm } from "../confirm.ts";
import { withLock } from "../lock.ts";
import { holderOf } from "../credentials/credentials-for.ts";
import { keepRenewed } from "../credentials/keep-renewed.ts";
import { releaseLogins } from "../credentials/login-claims.ts";
import { openFileAndWorld } from "../open-project.ts";
import { refuseWatched } from "../refuse-watched.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare } from "../world.ts";

export interface DestroyArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly yes: boolean;
  readonly json: boolean;
  readonly deleteData: boolean;
}

/** `coop destroy`: the plan for a file that declares nothing. */
export async function destroyCommand(args: DestroyArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  await refuseWatched(world, shell);
  return withLock(world.backend.engine.id, world.project.model.project, "coop destroy", async () => {
    await keepRenewed(world.project, () => world.backend.renewed(world.project.model.project, shell.signal), shell);
    const declared = await compare(world, shell);
    const graph = resourceGraph<(typeof declared.graph.resources)[number]>(declared.graph.scope, []);
    // Images may serve other projects, and volumes with data stay unless they were named.
    const observed = declared.snapshot.observed.filter(
      (each) => args.deleteData || !world.backend.rules.kinds[each.kind].holdsData(each.id),
    );
    const snapshot = { ...declared.snapshot, observed };
    const comparison = {
      ...declared,
      graph,
      snapshot,
      plan: plan(graph, snapshot, world.backend.rules),
      reach: reachDiff(null, null),
    };
    const summary = planSummary(comparison.plan, world.backend.rules, comparison.reach);
    const kept = declared.snapshot.observed.length - observed.length;
    if (!args.json) {
      shell.out(planText(summary, coloursFor(shell.colours), false));
      if (kept > 0) shell.err(`${kept} volume(s) with data or work stay; --delete-data removes them too.\n`);
    }
    if (summary.changes.length > 0 && !(await confirm("Remove all of this?", args.yes, shell))) {
      shell.err("Nothing was changed.\n");
      return EXIT.done;
    }
    const options = { json: args.json, deleteData: true, parallelism: 16, again: null };
    const exit = await carryOut(world, comparison, options, shell);
    if (exit === EXIT.done) await releaseLogins(holderOf(world), shell);
    return exit;
  });
}
