import type { Host } from "../git/host.ts";
import { openRepository } from "../git/repository.ts";
import { runGit } from "../git/run-git.ts";
import type { ViewOrigin } from "../view/view-origin.ts";

/** Which sandbox of which repository. */
export interface PinPlace {
  readonly root: string;
  readonly project: string;
  /** The sandbox's name within the project. */
  readonly agent: string;
}

/**
 * Keeps the commit that a workspace was made of from being collected while the workspace lives, by
 * `refs/coop/<project>/<agent>/base`: without it work could not be put back onto an amended branch.
 */
export async function pinOrigin(host: Host, place: PinPlace, origin: ViewOrigin, signal: AbortSignal): Promise<void> {
  const repository = await openRepository(place.root);
  if (repository === null || origin.commit === null) return;
  const args = ["update-ref", refOf(place), origin.commit];
  await runGit(
    { host, place: { gitDir: repository.commonDir }, args, doing: "keep the commit that the workspace was made of" },
    signal,
  );
}

/** Lets go of what pinOrigin kept. */
export async function unpinOrigin(host: Host, place: PinPlace, signal: AbortSignal): Promise<void> {
  const repository = await openRepository(place.root);
  if (repository === null) return;
  const args = ["update-ref", "-d", refOf(place)];
  await runGit(
    { host, place: { gitDir: repository.commonDir }, args, doing: "let go of a workspace's commit" },
    signal,
  );
}

function refOf({ project, agent }: PinPlace): string {
  return `refs/coop/${project}/${agent}/base`;
}
