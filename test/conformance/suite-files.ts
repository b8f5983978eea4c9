import type { FileValue } from "../support/project.ts";
import type { TestWorld } from "./test-world.ts";

/** What no image has. */
export const NO_SUCH_PROGRAM = "/no-such-program";
export const NO_SUCH_USER = "nobody-at-all";

/** An agent without a workspace and without egress: one container, nothing else. */
export function anAgent(differences: FileValue = {}): FileValue {
  return { workspace: "none", ...differences };
}

/** A file of the world's project with these agents. */
export function fileOf(world: TestWorld, agents: FileValue, more: FileValue = {}): FileValue {
  return { version: "coop/v1", project: world.project, agents, ...more };
}

/** The id of an agent's only sandbox, or of a member of a fleet. */
export function sandbox(owner: string, replica: number | string = 0): string {
  return `container:sandbox.${owner}.${replica}`;
}

/** Ids of the containers that carry the project's labels, running or not. */
export async function containers(world: TestWorld): Promise<readonly string[]> {
  return (await world.look()).map((each) => each.id).toSorted();
}

export async function running(world: TestWorld): Promise<readonly string[]> {
  return (await world.look())
    .filter((each) => each.running)
    .map((each) => each.id)
    .toSorted();
}

/** The engine's own ids by ours: equal before and after = nothing was made anew. */
export async function handles(world: TestWorld): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await world.look()).map((each) => [each.id, each.handle]));
}

/** From when to when each container was made and started, the first one first. */
export async function windows(
  world: TestWorld,
): Promise<readonly { readonly id: string; readonly from: number; readonly to: number }[]> {
  return (await world.look())
    .map(({ id, created, started }) => ({ id, from: created, to: started }))
    .toSorted((a, b) => a.from - b.from);
}
