import type { World } from "../world.ts";
import type { Shell } from "../shell.ts";
import { isLocked } from "../lock.ts";
import { requireCredentials } from "./credential-values.ts";
import type { Holder } from "./login-claims.ts";

/** Whose gateway it is that a world has. */
export function holderOf({ backend, project }: World): Holder {
  return { engine: backend.engine.id, project: project.model.project };
}

/**
 * Sees to it, before anything is changed, that the world's gateway can have all that its file asks for, and may. Called under the
 * project's lock: whoever holds it is about to start its gateway.
 */
export async function credentialsFor(world: World, shell: Shell): Promise<void> {
  const values = await requireCredentials(world.project, shell);
  const { backend, project } = world;
  const holder = holderOf(world);
  const { claimLogins } = await import("./login-claims.ts");
  // Of another engine nothing is known from here: what was given there counts as there.
  const runs = async (other: Holder): Promise<boolean> =>
    other.engine !== holder.engine ||
    (await isLocked(other.engine, other.project)) ||
    backend.runsGateway(other.project);
  await claimLogins({ project, holder }, values, runs, shell);
}
