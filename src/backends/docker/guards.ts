import type { ContainerObject } from "../../../compilers/container/resources.ts";
import type { ResourceGraph } from "../../graph/resource.ts";
import type { Observed, Snapshot } from "../../graph/snapshot.ts";
import type { Suppliers } from "./hands.ts";

/** Adds to the containers that work on a live tree whether somebody watches it. */
export async function withGuards(
  snapshot: Snapshot<ContainerObject>,
  graph: ResourceGraph<ContainerObject>,
  suppliers: Pick<Suppliers, "guardState">,
): Promise<Snapshot<ContainerObject>> {
  const guarded = new Set(
    graph.resources.flatMap((each) => (each.kind === "container" && each.spec.guard !== undefined ? [each.id] : [])),
  );
  if (guarded.size === 0) return snapshot;
  const observed = await Promise.all(
    snapshot.observed.map(async (each) => {
      if (!guarded.has(each.id) || each.ownership !== "ours") return each;
      return { ...each, live: { ...each.live, guard: await guardOf(each, suppliers) } };
    }),
  );
  return { ...snapshot, observed };
}

// What does not run sees nothing, and is covered anew and watched before it runs again.
async function guardOf(
  { phase, handle }: Observed<ContainerObject>,
  { guardState }: Pick<Suppliers, "guardState">,
): Promise<string> {
  const asleep = phase.kind === "exited" || phase.kind === "created";
  return asleep ? "watched" : guardState(handle);
}
