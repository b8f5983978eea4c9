import { CoopError } from "../../diagnostics/coop-error.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { coloursFor } from "../../render/colours.ts";
import { fetchedText } from "../../render/fetched-text.ts";
import { bringBack } from "../bring-back.ts";
import { openFile } from "../open-project.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { openWorld } from "../world.ts";

export interface FetchArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly json: boolean;
  /** Null = every sandbox with a workspace. */
  readonly name: string | null;
}

/** `coop fetch [AGENT]`: brings the work back as refs; branches, index and work tree of the host stay as they are. */
export async function fetchCommand(args: FetchArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const world = await openWorld(opened.project, args.target, shell);
  const all = await world.backend.operations.workspaces(opened.project.model.project);
  const wanted = args.name?.replace(/\.0$/, "");
  const chosen = wanted === undefined ? all : all.filter((each) => each.name === wanted);
  if (chosen.length === 0) {
    const near =
      wanted === undefined
        ? null
        : nearest(
            wanted,
            all.map((each) => each.name),
          );
    throw new CoopError(
      "NOT_FOUND",
      wanted === undefined
        ? "No sandbox of this project has a workspace."
        : `No sandbox "${wanted}" of this project has a workspace.`,
      {
        mend: near === null ? "coop apply makes it." : `Did you mean ${near}?`,
      },
    );
  }
  let refused = false;
  for (const workspace of chosen) {
    shell.err(`Fetching from ${workspace.name}…\n`);
    const work = await bringBack(world, workspace, shell);
    refused ||= work.refused.length > 0;
    shell.out(
      args.json
        ? `${JSON.stringify({ version: 1, sandbox: workspace.name, ...work })}\n`
        : fetchedText(workspace.name, work, coloursFor(shell.colours)),
    );
  }
  return refused ? EXIT.refusedByPolicy : EXIT.done;
}
