import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { workspacePath } from "../../compilers/container/workspace-path.ts";
import type { WorkspaceVolume } from "../backend/operations.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { baseImage } from "../image/base-image.ts";
import { coloursFor } from "../render/colours.ts";
import { fetchedText } from "../render/fetched-text.ts";
import { fetchWork } from "../workspace/fetch/fetch-work.ts";
import type { FetchedWork } from "../workspace/fetch/fetched-work.ts";
import { snapshotCommand, uploadPackCommand } from "../workspace/fetch/snapshot-command.ts";
import type { ViewOrigin } from "../workspace/view/view-origin.ts";
import type { Shell } from "./shell.ts";
import { cacheFolder } from "./user-folders.ts";
import { readOrigin } from "./workspace-origin.ts";
import type { World } from "./world.ts";

const GIBIBYTE = 1024 ** 3;

/**
 * Brings one sandbox's work into the host's repository, by a container of coop's own with git, no network and the
 * workspace: the sandbox may be stopped, its image may have no git, and no git on the host reads what it wrote.
 */
export async function bringBack(world: World, workspace: WorkspaceVolume, shell: Shell): Promise<FetchedWork> {
  const { project } = world.project.model;
  const { operations } = world.backend;
  const agent =
    world.project.model.agents.find((each) => each.name === workspace.name.split(".")[0]) ??
    agentOfFleet(world, workspace.name);
  const target = workspacePath(agent?.workspace.path ?? "same", world.project.root);
  const { tag } = await baseImage(shell.environment);
  // 1000:1000 reads and writes what the sandbox's user owns only when it is that user.
  const user = `${process.getuid?.() || 1000}:${process.getgid?.() || 1000}`;
  const origin = await originOf(world, workspace, shell);
  const handle = await operations.openHelper({ project, volume: workspace.volume, target, image: tag, user });
  try {
    await snapshot(world, handle, target, shell);
    return await fetchWork(
      {
        host: { environment: shell.environment, cacheFolder: cacheFolder(shell.environment) },
        root: world.project.root,
        project,
        agent: workspace.name,
        upload: {
          // Git speaks to this very program, which speaks to the engine: no shell and no path of the sandbox in between.
          command: [
            process.execPath,
            process.argv[1] ?? "",
            "internal-relay",
            handle,
            "--",
            ...uploadPackCommand(target),
          ],
          environment: {
            ...Object.fromEntries(
              ["CONTAINER_HOST", "DOCKER_HOST", "HOME", "PATH", "XDG_RUNTIME_DIR"].flatMap((name) =>
                shell.environment[name] === undefined ? [] : [[name, shell.environment[name] ?? ""]],
              ),
            ),
            COOP_RUNTIME: world.backend.name,
          },
        },
        origin,
        maxBytes: 4 * GIBIBYTE,
      },
      shell.signal,
    );
  } finally {
    await operations.closeHelper(handle);
  }
}

/** Brings the work of one volume back before the volume goes; what came is told. Rejects where nothing can be brought. */
export async function saveWork(world: World, volume: string, shell: Shell): Promise<void> {
  const all = await world.backend.operations.workspaces(world.project.model.project);
  const workspace = all.find((each) => each.volume === volume);
  if (workspace === undefined) return;
  const work = await bringBack(world, workspace, shell);
  if (work.brought.length > 0) shell.err(fetchedText(workspace.name, work, coloursFor(shell.colours)));
  const [refused] = work.refused;
  if (refused !== undefined) {
    throw new CoopError(
      "REFUSED_BY_POLICY",
      `kept, because its ${refused.name} was not taken: ${refused.reasons[0]?.why ?? ""}`,
      { mend: "Add --delete-data to remove it all the same." },
    );
  }
}

function agentOfFleet(world: World, name: string): World["project"]["model"]["agents"][number] | undefined {
  const fleet = world.project.model.fleets.find((each) => each.name === name.split(".")[0]);
  return world.project.model.agents.find((each) => each.name === fleet?.agent);
}

// Uncommitted work becomes a commit object of its own; the agent's index and branches stay as they are.
async function snapshot(world: World, handle: string, target: string, shell: Shell): Promise<void> {
  const output = new PassThrough();
  const streams = { stdin: null, stdout: output, stderr: output, terminal: null };
  const said = text(output);
  const code = await world.backend.operations.execIn(
    handle,
    { command: snapshotCommand(target), user: null, streams },
    shell.signal,
  );
  output.end();
  if (code !== 0)
    throw new CoopError("GIT_FAILED", `The uncommitted work cannot be saved: ${(await said).trim().slice(-400)}`);
}

async function originOf(world: World, workspace: WorkspaceVolume, shell: Shell): Promise<ViewOrigin> {
  const { origin, file } = await readOrigin(world.project, workspace.volume, shell);
  if (origin !== null) return origin;
  throw new CoopError(
    "NOT_FOUND",
    `Nothing remembers from which commit the workspace of "${workspace.name}" was made: ${file} is not there or no longer whole.`,
    {
      mend: `The work is safe in the volume ${workspace.volume}; run coop on the machine and in the clone that made it.`,
    },
  );
}
