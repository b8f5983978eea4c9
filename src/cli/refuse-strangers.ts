import { existsSync } from "node:fs";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";

/**
 * Refuses to work on a project that another repository of this machine has on the engine. A project's name stands in the
 * repository's own file, so a cloned one could name somebody else's and be handed its workspaces, volumes and passwords;
 * two folders of one name would be, by mistake. A repository that is gone has been moved or removed: its objects are taken over.
 */
export function refuseStrangers(project: LoadedProject, repositories: readonly string[]): void {
  const other = repositories.find((each) => each !== project.root && existsSync(each));
  if (other === undefined) return;
  throw new CoopError(
    "FOREIGN_OBJECT",
    `The project "${project.model.project}" on this engine belongs to ${other}, not to ${project.root}. Nothing was changed.`,
    { mend: `Give one of them another name by \`project:\`, or remove the other: coop destroy, in ${other}.` },
  );
}
