import { resourceGraph } from "../../graph/resource.ts";
import type { ResourceId } from "../../graph/resource.ts";
import { plan } from "../../plan/plan.ts";
import { coloursFor } from "../../render/colours.ts";
import { planSummary } from "../../render/plan-summary.ts";
import { planText } from "../../render/plan-text.ts";
import { carryOut } from "../carry-out.ts";
import { confirm } from "../confirm.ts";
import { withLock } from "../lock.ts";
import { openFileAndWorld } from "../open-project.ts";
import { refuseWatched } from "../refuse-watched.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare } from "../world.ts";

export interface DownArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly json: boolean;
  readonly yes: boolean;
  /** Also wipe the services' volumes: databases, and the passwords that open them. */
  readonly volumes: boolean;
}

const SERVICE_PARTS = /^(container:(service|forwarder\.service)\.|volume:key\.service\.)/;
const SERVICE_DATA = /^volume:(data|generated)\./;

/** `coop down`: stops the services; their data stays unless `-v` says otherwise and a person agrees. */
export async function downCommand(args: DownArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  await refuseWatched(world, shell);
  return withLock(world.backend.engine.id, world.project.model.project, "coop down", async () => {
    const whole = await compare(world, shell);
    const goes = (id: ResourceId): boolean => SERVICE_PARTS.test(id) || (args.volumes && SERVICE_DATA.test(id));
    const snapshot = { ...whole.snapshot, observed: whole.snapshot.observed.filter((each) => goes(each.id)) };
    const graph = resourceGraph<(typeof whole.graph.resources)[number]>(whole.graph.scope, []);
    const comparison = { ...whole, graph, snapshot, plan: plan(graph, snapshot, world.backend.rules), reach: [] };
    const summary = planSummary(comparison.plan, world.backend.rules, []);
    if (summary.counts.destructive > 0) {
      shell.err(planText(summary, coloursFor(shell.colours)));
      if (!(await confirm("Wipe the data of these services?", args.yes, shell))) {
        shell.err("Nothing was changed.\n");
        return EXIT.done;
      }
    }
    return carryOut(world, comparison, { json: args.json, deleteData: true, parallelism: 16, again: null }, shell);
  });
}
