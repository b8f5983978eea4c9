import type { Resource, ResourceGraph, ResourceId } from "./resource.ts";

/** The part of a graph that some resources need: themselves and all that they depend on. */
export function subgraph<R extends Resource>(graph: ResourceGraph<R>, roots: readonly ResourceId[]): ResourceGraph<R> {
  const byId = new Map(graph.resources.map((each) => [each.id, each]));
  const wanted = new Set<ResourceId>();
  const visit = (id: ResourceId): void => {
    if (wanted.has(id)) return;
    wanted.add(id);
    for (const dependency of byId.get(id)?.dependsOn ?? []) visit(dependency);
  };
  for (const root of roots) visit(root);
  return { scope: graph.scope, resources: graph.resources.filter((each) => wanted.has(each.id)) };
}
