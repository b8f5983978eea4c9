import { randomBytes } from "node:crypto";
import { sandboxObjects } from "../../../compilers/container/sandbox.ts";
import { containerObjects } from "../../../compilers/container/compile.ts";
import { containerId } from "../../../compilers/container/names.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { resourceGraph } from "../../graph/resource.ts";
import type { Agent, Run } from "../../model/model.ts";
import { plan } from "../../plan/plan.ts";
import { coloursFor } from "../../render/colours.ts";
import { fetchedText } from "../../render/fetched-text.ts";
import { bringBack } from "../bring-back.ts";
import { carryOut } from "../carry-out.ts";
import { failureText } from "../failures.ts";
import { credentialsFor } from "../credentials/credentials-for.ts";
import { whileGuarded } from "../live-session.ts";
import { withLock } from "../lock.ts";
import { openFile } from "../open-project.ts";
import { onlyPart } from "../part.ts";
import { sessionOwner } from "../session-owner.ts";
import { forgetOrigin } from "../workspace-origin.ts";
import { viewWarnings } from "../view-warnings.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare, openWorld } from "../world.ts";
import type { Comparison, World } from "../world.ts";

export interface RunArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly agent: string | null;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** Leaves the sandbox there when the command has ended. */
  readonly keep: boolean;
}

/**
 * `coop run -- COMMAND`: a new sandbox like the agent's, for one command. Same hardening and rules; what it committed or
 * left uncommitted is fetched before the sandbox goes. The command's exit code is coop's.
 */
export async function runCommand(args: RunArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const world = await openWorld(opened.project, args.target, shell);
  const agent = chosenAgent(world, args.agent);
  const session = `session-${randomBytes(4).toString("hex")}`;
  const name = `${agent.name}.${session}`;
  world.backend.openSession(sessionOwner());
  let begun = false;
  try {
    const exit = await start(world, agent, session, shell);
    if (exit !== EXIT.done) return exit;
    begun = true;
    const object = (await world.backend.operations.list(opened.project.model.project)).find(
      (each) => each.name === name,
    );
    if (object === undefined) throw new CoopError("NOT_FOUND", `The sandbox ${name} vanished right after its start.`);
    const command =
      args.command.length === 0
        ? ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash -l || exec sh -l"]
        : args.command;
    const exec = (signal: AbortSignal): Promise<ExitCode> =>
      world.backend.operations.exec(object, { command, user: null, streams: shell.streams(args.tty) }, signal);
    return agent.workspace.mode === "live" ? await whileGuarded(object.handle, shell, exec) : await exec(shell.signal);
  } finally {
    if (args.keep) shell.err(`The sandbox ${name} stays: coop exec ${name} -- …; coop gc removes it.\n`);
    else await end(world, { name, session, worked: begun && agent.workspace.mode === "clone" }, shell);
  }
}

function chosenAgent(world: World, wanted: string | null): Agent {
  const { agents } = world.project.model;
  const [only] = agents;
  if (wanted === null && only !== undefined && agents.length === 1) return only;
  const found = agents.find((each) => each.name === wanted);
  if (found !== undefined) return found;
  const names = agents.map((each) => each.name).join(", ");
  throw new CoopError(
    "USAGE",
    wanted === null ? `Like which agent? There are ${names}.` : `There is no agent "${wanted}"; there are ${names}.`,
    { mend: "coop run --agent NAME -- COMMAND" },
  );
}

// The declared objects that it needs (gateway, services, images) are made on the way; nothing else is touched.
async function start(world: World, agent: Agent, session: string, shell: Shell): Promise<ExitCode> {
  const { project } = world.project.model;
  const quiet: Shell = {
    ...shell,
    out: () => undefined,
    err: shell.interactive ? shell.err : () => undefined,
    interactive: shell.interactive,
  };
  const comparison = async (): Promise<Comparison> => {
    const whole = await compare(world, shell);
    const pattern: Agent = { ...agent, ports: [], run: waiting(agent.run), restart: "never" };
    const instance = { agent: pattern, owner: agent.name, replica: session, task: null, fleet: null };
    const objects = [...containerObjects(whole.context), ...sandboxObjects(whole.context, instance)];
    const graph = resourceGraph(whole.graph.scope, objects);
    const widened = { ...whole, graph, plan: plan(graph, whole.snapshot, world.backend.rules) };
    return onlyPart(world, widened, [containerId(`sandbox.${agent.name}.${session}`)]);
  };
  let said = "";
  const collecting: Shell = { ...quiet, err: (text) => (quiet.interactive ? shell.err(text) : void (said += text)) };
  const exit = await withLock(world.backend.engine.id, project, "coop run", async () => {
    await credentialsFor(world, shell);
    const first = await comparison();
    for (const each of await viewWarnings(world.project, first.plan, shell)) shell.err(`warning ${each}\n`);
    const options = { json: false, deleteData: false, parallelism: 16, again: comparison };
    return carryOut(world, first, options, collecting);
  });
  if (exit !== EXIT.done) shell.err(said);
  return exit;
}

// The agent's own CLI finds its settings, whoever starts it; it is not given the file's prompt.
function waiting(run: Run): Run {
  return run.kind === "cli" ? { ...run, prompt: { kind: "none" } } : { kind: "idle", origin: run.origin };
}

// What never began has done no work, and may have no whole workspace.
async function end(
  world: World,
  { name, session, worked }: { readonly name: string; readonly session: string; readonly worked: boolean },
  shell: Shell,
): Promise<void> {
  // The command may have ended by the signal that also asked coop to end: cleaning up has a time of its own.
  const cleaning: Shell = { ...shell, signal: AbortSignal.timeout(60_000) };
  const { project } = world.project.model;
  const workspace = (await world.backend.operations.workspaces(project)).find((each) => each.name === name);
  if (workspace !== undefined && worked) {
    try {
      const work = await bringBack(world, workspace, cleaning);
      if (work.brought.length + work.refused.length > 0) shell.err(fetchedText(name, work, coloursFor(shell.colours)));
    } catch (error) {
      shell.err(
        `${failureText(error)}\nThe sandbox ${name} stays, so that no work is lost. coop fetch ${name} tries again.\n`,
      );
      return;
    }
  }
  await world.backend.operations.removeSession(project, session);
  if (workspace !== undefined) await forgetOrigin(world.project, workspace.volume, cleaning);
}
