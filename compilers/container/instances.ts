import type { TaskFile } from "../../src/model/inputs.ts";
import type { Agent, Fleet } from "../../src/model/model.ts";
import type { Context } from "./context.ts";

/** One sandbox to be: `owner` is the agent's name, or the fleet's for its members. */
export interface Instance {
  readonly agent: Agent;
  readonly owner: string;
  /** A number for replicas, a slug for task files. */
  readonly replica: string;
  readonly task: TaskFile | null;
  readonly fleet: Fleet | null;
}

/** `owner.replica`, the part of every name that tells sandboxes apart. */
export function instancePath(instance: Instance): string {
  return `${instance.owner}.${instance.replica}`;
}

/** All sandboxes that the file declares. An agent that a fleet runs is the fleet's pattern and has no sandbox of its own. */
export function instancesOf({ model, inputs }: Context): readonly Instance[] {
  return model.agents.flatMap((agent): readonly Instance[] => {
    const fleets = model.fleets.filter((fleet) => fleet.agent === agent.name);
    if (fleets.length === 0) return [{ agent, owner: agent.name, replica: "0", task: null, fleet: null }];
    return fleets.flatMap((fleet) => members(fleet, agent, inputs.tasks[fleet.name] ?? []));
  });
}

/** As the gateway's rules know a sandbox: `agent/<agent>/<replica>`, with the fleet's name before the replica. */
export function identityOf(instance: Instance): string {
  const { agent, owner, replica } = instance;
  return `agent/${agent.name}/${owner === agent.name ? replica : `${owner}-${replica}`}`;
}

/** "Nothing allowed" means no forwarder at all (isolation.md §1). */
export function reachesAnything(agent: Agent): boolean {
  return (
    agent.egress.kind === "open" ||
    agent.egress.rules.length > 0 ||
    agent.services.length > 0 ||
    agent.ports.length > 0 ||
    agent.hostPorts.length > 0
  );
}

function members(fleet: Fleet, agent: Agent, tasks: readonly TaskFile[]): readonly Instance[] {
  const { work } = fleet;
  switch (work.kind) {
    case "replicas":
      return Array.from({ length: work.replicas }, (_, index) => ({
        agent,
        owner: fleet.name,
        replica: String(index),
        task: null,
        fleet,
      }));
    case "tasks":
      return tasks.map((task) => ({ agent, owner: fleet.name, replica: task.slug, task, fleet }));
  }
}
