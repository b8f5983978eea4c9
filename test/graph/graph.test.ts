import { expect, it } from "vitest";
import { startOf } from "../../src/diagnostics/source-span.ts";
import { resource, resourceGraph } from "../../src/graph/resource.ts";
import type { Resource, ResourceId } from "../../src/graph/resource.ts";
import { topologicalOrder } from "../../src/graph/topological-order.ts";

const thing = (id: ResourceId, dependsOn: readonly ResourceId[] = []): Resource =>
  resource({ id, kind: "thing", spec: { id }, dependsOn, origin: startOf("coop.yaml") });

it("sorts resources and their dependencies, and refuses an id that stands twice", () => {
  const graph = resourceGraph({ project: "demo", backend: "memory" }, [thing("b:1", ["a:2", "a:1"]), thing("a:1")]);
  expect(graph.resources.map((each) => [each.id, each.dependsOn])).toEqual([
    ["a:1", []],
    ["b:1", ["a:1", "a:2"]],
  ]);
  expect(() => resourceGraph(graph.scope, [thing("a:1"), thing("a:1")])).toThrow("a:1");
});

it.for([
  { name: "a chain", edges: { a: ["b"], b: ["c"], c: [] }, order: ["c", "b", "a"] },
  {
    name: "a diamond, ties as given",
    edges: { d: ["b", "c"], c: ["a"], b: ["a"], a: [] },
    order: ["a", "b", "c", "d"],
  },
  { name: "what nobody knows", edges: { a: ["elsewhere"] }, order: ["a"] },
] as const)("puts dependencies first: $name", ({ edges, order }) => {
  const known: Readonly<Record<string, readonly string[]>> = edges;
  expect(topologicalOrder(Object.keys(known), (key) => known[key] ?? [])).toEqual(order);
});

it("names a cycle", () => {
  const edges: Readonly<Record<string, readonly string[]>> = { a: ["b"], b: ["c"], c: ["b"] };
  expect(() => topologicalOrder(["a"], () => [])).not.toThrow();
  expect(() => topologicalOrder(Object.keys(edges), (key) => edges[key] ?? [])).toThrow("cycle: b → c → b");
});
