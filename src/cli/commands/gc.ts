import { existsSync } from "node:fs";
import { leftovers } from "../../backend/leftovers.ts";
import type { Operations } from "../../backend/operations.ts";
import { coloursFor } from "../../render/colours.ts";
import { findFile, repositoryRoot } from "../../config/find-file.ts";
import { confirm } from "../confirm.ts";
import { failureText } from "../failures.ts";
import { deadSessions } from "../gc/dead-sessions.ts";
import type { SessionState } from "../gc/dead-sessions.ts";
import type { Finding } from "../gc/finding.ts";
import { forgottenWorkspaces } from "../gc/forgotten-workspaces.ts";
import { openFile } from "../open-project.ts";
import { ownerState } from "../session-owner.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { openWorld } from "../world.ts";
import type { World } from "../world.ts";

export interface GcArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly yes: boolean;
  readonly json: boolean;
  /** Only what this project left. */
  readonly project: string | null;
  /** Also images that coop built and no container uses. */
  readonly images: boolean;
  /** Also volumes that may hold data or work. */
  readonly deleteData: boolean;
}

/** `coop gc`: shows what sessions and projects have left whose owner or folder is gone, asks, removes it. */
export async function gcCommand(args: GcArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openWhatIsThere(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world, operations, local } = opened;
  const remnants = await operations.survey();
  const { sessions, findings: dead } =
    world === null ? { sessions: [], findings: [] } : await deadSessions(world, shell);
  const left = leftovers(remnants, { exists: existsSync, owner: ownerState, local, images: args.images });
  const findings = [
    ...dead,
    ...left.map(({ remnant, why, holdsData }): Finding => {
      const { kind, name, project, running } = remnant;
      return { kind, name, project, why, holdsData, running, remove: () => operations.removeRemnant(remnant) };
    }),
    ...(await forgottenWorkspaces(world?.project.root ?? repositoryRoot(shell.cwd), remnants, shell)),
  ].filter((each) => args.project === null || each.project === args.project);
  const chosen = findings.filter((each) => args.deleteData || !each.holdsData);
  show(args, shell, sessions, findings);
  const kept = findings.length - chosen.length;
  if (kept > 0)
    shell.err(`${kept} volume(s) may hold data or work and stay. Add --delete-data to remove them as well.\n`);
  if (chosen.length === 0) {
    shell.err("Nothing to remove.\n");
    return EXIT.done;
  }
  if (!(await confirm(`Remove ${chosen.length} of them? Nothing brings them back.`, args.yes, shell))) return EXIT.done;
  return remove(chosen, shell);
}

async function remove(findings: readonly Finding[], shell: Shell): Promise<ExitCode> {
  let failed = 0;
  for (const each of findings) {
    if (shell.signal.aborted) return EXIT.interrupted;
    try {
      await each.remove();
      shell.err(`  removed ${each.kind} ${each.name}\n`);
    } catch (error) {
      failed += 1;
      shell.err(`  kept ${each.kind} ${each.name}: ${failureText(error)}\n`);
    }
  }
  return failed > 0 ? EXIT.failed : EXIT.done;
}

function show(args: GcArguments, shell: Shell, sessions: readonly SessionState[], findings: readonly Finding[]): void {
  if (args.json) {
    const plain = findings.map(({ remove: _, ...rest }) => rest);
    shell.out(`${JSON.stringify({ version: 1, sessions, leftovers: plain }, null, 2)}\n`);
    return;
  }
  const colours = coloursFor(shell.colours);
  for (const each of sessions.filter(({ owner }) => owner !== "dead"))
    shell.out(`    session ${each.name}: its owner is ${each.owner}\n`);
  for (const { kind, name, project, why, holdsData, running } of findings) {
    const notes = [running ? "running" : "", holdsData ? "may hold data or work" : ""].filter((note) => note !== "");
    const more = notes.length === 0 ? "" : `; ${notes.join(", ")}`;
    const of = project === null ? "" : ` of ${project}`;
    const mark = holdsData && !args.deleteData ? " " : colours.red("-");
    shell.out(`  ${mark} ${kind} ${name}${of}: ${why}${more}\n`);
  }
}

interface Opened {
  /** Null outside of any repository with a coop.yaml: there is no project then, but an engine. */
  readonly world: World | null;
  readonly operations: Operations;
  readonly local: boolean;
}

async function openWhatIsThere(args: GcArguments, shell: Shell): Promise<Opened | { readonly exit: ExitCode }> {
  if (args.file === null && !findFile(shell.cwd).ok) {
    const [{ namedEngine, openEngine }, { dockerOperations }] = await Promise.all([
      import("../../backends/docker/open-engine.ts"),
      import("../../backends/docker/operations.ts"),
    ]);
    const engine = await openEngine(namedEngine(shell.environment), shell.environment, shell.signal);
    const local = engine.address.startsWith("unix://");
    return { world: null, operations: dockerOperations(engine.docker), local };
  }
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened;
  const world = await openWorld(opened.project, args.target, shell);
  return { world, operations: world.backend.operations, local: world.backend.capabilities.local };
}
