import type { ResourceId } from "../graph/resource.ts";
import { subgraph } from "../graph/subgraph.ts";
import { plan } from "../plan/plan.ts";
import type { Comparison, World } from "./world.ts";

/** A comparison narrowed to some objects and what they need. It deletes nothing: the rest is out of its sight, not gone. */
export function onlyPart(world: World, whole: Comparison, roots: readonly ResourceId[]): Comparison {
  const graph = subgraph(whole.graph, roots);
  const snapshot = { ...whole.snapshot, complete: false };
  return { ...whole, graph, snapshot, plan: plan(graph, snapshot, world.backend.rules) };
}
