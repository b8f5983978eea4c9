import type { Host } from "../git/host.ts";
import { openRepository } from "../git/repository.ts";
import { runGit } from "../git/run-git.ts";
import type { ViewOrigin } from "../view/view-origin.ts";

/**
 * Keeps the commit that a workspace was made of from being collected while the workspace lives, by
 * `refs/coop/<project>/<agent>/base`: without it work could not be put back onto an amended branch.
 */
export async function pinOrigin(
  host: Host,
  place: { readonly root: string; readonly project: string; readonly agent: string },
  origin: ViewOrigin,
  signal: AbortSignal,
): Promise<void> {
  const repository = await openRepository(place.root);
  if (repository === null || origin.commit === null) return;
  const args = ["update-ref", `refs/coop/${place.project}/${place.agent}/base`, origin.commit];
  await runGit(
    { host, place: { gitDir: repository.commonDir }, args, doing: "keep the commit that the workspace was made of" },
    signal,
  );
}
