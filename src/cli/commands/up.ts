import type { ResourceId } from "../../graph/resource.ts";
import { coloursFor } from "../../render/colours.ts";
import { planSummary } from "../../render/plan-summary.ts";
import { planText } from "../../render/plan-text.ts";
import { carryOut } from "../carry-out.ts";
import { credentialsFor } from "../credentials/credentials-for.ts";
import { withLock } from "../lock.ts";
import { openFileAndWorld } from "../open-project.ts";
import { onlyPart } from "../part.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare } from "../world.ts";

/** `coop up`: the services alone, started and healthy. What else the project has is left as it is. */
export async function upCommand(
  args: { readonly file: string | null; readonly target: string | null; readonly json: boolean },
  shell: Shell,
): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  const { model } = world.project;
  if (model.services.length === 0) {
    shell.err("The file declares no services: nothing to start.\n");
    return EXIT.done;
  }
  return withLock(world.backend.engine.id, model.project, "coop up", async () => {
    await credentialsFor(world, shell);
    const roots = model.services.map((each): ResourceId => `container:service.${each.name}`);
    const view = async (): ReturnType<typeof compare> => onlyPart(world, await compare(world, shell), roots);
    const comparison = await view();
    // Said, since with the services the project's rules come into force, those of its agents among them.
    const summary = planSummary(comparison.plan, world.backend.rules, comparison.reach);
    if (!args.json && summary.changes.length > 0) shell.out(planText(summary, coloursFor(shell.colours)));
    return carryOut(world, comparison, { json: args.json, deleteData: false, parallelism: 16, again: view }, shell);
  });
}
