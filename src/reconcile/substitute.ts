import type { Resource, ResourceGraph, ResourceId } from "../graph/resource.ts";
import type { Consented } from "./consented.ts";

/**
 * A graph in which what is held stands as it was last let through, and so does what was edited and stands on it: so that drift of
 * what waits for a person is healed meanwhile. What was never let through stays as the file asks.
 */
export function substitute<R extends Resource>(
  graph: ResourceGraph<R>,
  held: ReadonlySet<ResourceId>,
  consented: Consented<R>,
): ResourceGraph<R> {
  const waiting = new Set(held);
  const byId = new Map(graph.resources.map((each) => [each.id, each]));
  const visit = (each: R, seen: Set<ResourceId>): boolean => {
    if (waiting.has(each.id)) return true;
    if (seen.has(each.id)) return false;
    seen.add(each.id);
    return each.dependsOn.some((id) => {
      const dependency = byId.get(id);
      return dependency !== undefined && visit(dependency, seen);
    });
  };
  for (const each of graph.resources) if (visit(each, new Set())) waiting.add(each.id);
  const resources = graph.resources.map((each) =>
    waiting.has(each.id) ? (consented.resources.get(each.id) ?? each) : each,
  );
  return { ...graph, resources };
}
