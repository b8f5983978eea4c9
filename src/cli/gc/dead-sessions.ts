import { bringBack } from "../bring-back.ts";
import { ownerState } from "../session-owner.ts";
import type { Shell } from "../shell.ts";
import { forgetOrigin } from "../workspace-origin.ts";
import type { World } from "../world.ts";
import type { Finding } from "./finding.ts";

/** A session sandbox of the project and whether anybody is still there for it. */
export interface SessionState {
  readonly session: string;
  readonly name: string;
  readonly owner: "alive" | "dead" | "unknown";
}

/** The project's sessions, and those of them whose owner is provably gone; their work is fetched before they go. */
export async function deadSessions(
  world: World,
  shell: Shell,
): Promise<{ readonly sessions: readonly SessionState[]; readonly findings: readonly Finding[] }> {
  const { project } = world.project.model;
  const { operations } = world.backend;
  const sessions = (await operations.sessions(project)).map((each) => ({ ...each, owner: ownerState(each.owner) }));
  const workspaces = await operations.workspaces(project);
  const findings = sessions
    .filter((each) => each.owner === "dead")
    .map(({ name, session }): Finding => {
      const workspace = workspaces.find((other) => other.name === name);
      return {
        kind: "session",
        name,
        project,
        why: "who opened it is gone; its work is fetched first",
        holdsData: false,
        running: false,
        remove: async () => {
          if (workspace !== undefined) await bringBack(world, workspace, shell);
          await operations.removeSession(project, session);
          if (workspace !== undefined) await forgetOrigin(world.project, workspace.volume, shell);
        },
      };
    });
  return { sessions, findings };
}
