import { CoopError } from "../diagnostics/coop-error.ts";
import type { Shell } from "./shell.ts";
import { askWatch, presencePath } from "./watch/presence.ts";
import type { World } from "./world.ts";

/** Refuses to take away what somebody keeps: a watch would make it again while it goes. */
export async function refuseWatched(world: World, shell: Shell): Promise<void> {
  const { project } = world.project.model;
  const watch = await askWatch(presencePath(shell.environment, world.backend.engine.id, project));
  if (watch === null) return;
  throw new CoopError(
    "LOCKED",
    `\`coop watch\` (pid ${watch.pid}) keeps the project "${project}" and would make this again. Nothing was changed.`,
    { mend: `End it first: kill ${watch.pid}` },
  );
}
