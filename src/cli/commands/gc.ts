import { confirm } from "../confirm.ts";
import { openFile } from "../open-project.ts";
import { ownerState } from "../session-owner.ts";
import { forgetOrigin } from "../workspace-origin.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { bringBack } from "../bring-back.ts";
import { failureText } from "../failures.ts";
import { openWorld } from "../world.ts";

export interface GcArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly yes: boolean;
  readonly json: boolean;
}

/** `coop gc`: removes session sandboxes whose owner is provably gone, after their work is fetched. */
export async function gcCommand(args: GcArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const world = await openWorld(opened.project, args.target, shell);
  const { project } = opened.project.model;
  const { operations } = world.backend;
  const sessions = (await operations.sessions(project)).map((each) => ({ ...each, owner: ownerState(each.owner) }));
  const dead = sessions.filter((each) => each.owner === "dead");
  if (args.json) shell.out(`${JSON.stringify({ version: 1, sessions }, null, 2)}\n`);
  else
    for (const each of sessions)
      shell.out(`  ${each.owner === "dead" ? "-" : " "} ${each.name}: its owner is ${each.owner}\n`);
  if (dead.length === 0) {
    shell.err("Nothing to remove.\n");
    return EXIT.done;
  }
  if (!(await confirm(`Remove ${dead.length} session sandbox(es), after fetching their work?`, args.yes, shell)))
    return EXIT.done;
  let failed = false;
  const workspaces = await operations.workspaces(project);
  for (const each of dead) {
    try {
      const workspace = workspaces.find((other) => other.name === each.name);
      if (workspace !== undefined) await bringBack(world, workspace, shell);
      await operations.removeSession(project, each.session);
      if (workspace !== undefined) await forgetOrigin(world.project, workspace.volume, shell);
      shell.err(`  removed ${each.name}\n`);
    } catch (error) {
      failed = true;
      shell.err(`  kept ${each.name}: ${failureText(error)}\n`);
    }
  }
  return failed ? EXIT.failed : EXIT.done;
}
