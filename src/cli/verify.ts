import type { ContainerObject } from "../../compilers/container/resources.ts";
import type { Outcome } from "../apply/apply-plan.ts";
import { sessionOf } from "../backend/labels.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { ResourceId } from "../graph/resource.ts";
import type { Observed } from "../graph/snapshot.ts";
import { isEffective } from "../plan/change.ts";
import { plan } from "../plan/plan.ts";
import type { Shell } from "./shell.ts";
import type { Comparison, PlannedWorld } from "./world.ts";

/**
 * Looks at the world once more: what was done and is not so any more has failed after all, such as a command that ended
 * as soon as it ran. Nobody is told "converged" when the next plan would not be empty.
 */
export async function verify(
  world: PlannedWorld,
  { graph }: Pick<Comparison, "graph">,
  outcomes: Map<ResourceId, Outcome>,
  shell: Shell,
): Promise<void> {
  if (shell.signal.aborted || ![...outcomes.values()].some((each) => each.kind === "done")) return;
  const { backend } = world;
  const { changes } = plan(graph, await backend.observe(graph, shell.signal), backend.rules);
  for (const change of changes) {
    if (!isEffective(change) || outcomes.get(change.id)?.kind !== "done") continue;
    // A session is in no look at the world: no plan may touch it.
    if (sessionOf(change.id) !== null) continue;
    // It waits for something that is named itself.
    if (change.reason.kind === "dependency-replaced") continue;
    const why = change.action === "create" ? "it is gone again" : sentence(change.observed);
    const error = new CoopError("NOT_CONVERGED", `It was done, but ${why}.`, {
      mend: "`coop logs` shows what it said, `coop plan` what differs.",
    });
    outcomes.set(change.id, { kind: "failed", error, tookMs: 0 });
  }
}

function sentence({ phase }: Observed<ContainerObject>): string {
  switch (phase.kind) {
    case "exited":
      return phase.outOfMemory ? "it ran out of memory" : `it ended with ${phase.code} as soon as it ran`;
    case "broken":
      return `it is ${phase.why}`;
    case "running":
    case "starting":
    case "paused":
    case "created":
    case "present":
      return "it differs from the file again";
  }
}
