import type { AgentEntry, FleetEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Places } from "../places.ts";
import type { Rule } from "./rule.ts";

/** A fleet's numbers fit together, and its agent can be many. */
export const fleets: Rule = (file, { places }) =>
  Object.values(file.fleets ?? {}).flatMap((fleet) => {
    const agent = Object.hasOwn(file.agents ?? {}, fleet.agent) ? file.agents?.[fleet.agent] : undefined;
    return [
      ...boundsProblems(fleet, places),
      ...(agent === undefined ? [] : agentProblems(fleet, agent, file.defaults ?? {}, places)),
    ];
  });

function boundsProblems(fleet: FleetEntry, places: Places): readonly Diagnostic[] {
  if (fleet.tasks !== undefined) {
    return fleet.replicas === undefined
      ? []
      : [
          diagnostic("FleetWorkTwice", {}, places.key(fleet, "replicas"), [
            { message: "and here", span: places.key(fleet, "tasks") },
          ]),
        ];
  }
  const replicas = fleet.replicas ?? 1;
  const found: Diagnostic[] = [];
  const bound = (owner: object, field: string, value: number | undefined): void => {
    if (value === undefined || replicas === 0 || value <= replicas) return;
    found.push(diagnostic("FleetBounds", { field, value, replicas }, places.value(owner, field)));
  };
  bound(fleet, "maxParallel", fleet.maxParallel);
  if (fleet.update !== undefined) {
    if (fleet.update.strategy === "recreate" && fleet.update.maxUnavailable !== undefined) {
      const facts = { field: "maxUnavailable", why: "`recreate` takes all sandboxes down at once" };
      found.push(diagnostic("HasNoEffect", facts, places.key(fleet.update, "maxUnavailable")));
    } else {
      bound(fleet.update, "maxUnavailable", fleet.update.maxUnavailable);
    }
  }
  return found;
}

function agentProblems(
  fleet: FleetEntry,
  agent: AgentEntry,
  defaults: AgentEntry,
  places: Places,
): readonly Diagnostic[] {
  const span = places.value(fleet, "agent");
  const facts = { agent: fleet.agent };
  const found: Diagnostic[] = [];
  const modes = [agent, defaults].map(({ workspace }) => (typeof workspace === "string" ? workspace : workspace?.mode));
  if ((modes[0] ?? modes[1]) === "live") found.push(diagnostic("FleetOfLive", facts, span));
  if (fleet.tasks === undefined) return found;
  const run = agent.run ?? defaults.run;
  if (run === undefined || run === "shell") found.push(diagnostic("TasksNeedCli", facts, span));
  else if (typeof run === "string" && (agent.prompt !== undefined || agent.promptFile !== undefined))
    found.push(diagnostic("PromptInTasks", facts, span));
  return found;
}
