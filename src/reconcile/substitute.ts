import type { Resource, ResourceGraph, ResourceId } from "../graph/resource.ts";
import type { ConsentRules } from "../plan/consent-rules.ts";
import type { Consented } from "./consented.ts";

/**
 * A graph in which what is held stands as it was last let through, and so does what was edited and stands on it: so that drift of
 * what waits for a person is healed meanwhile, with all that it stands on. What was never let through stays as the file asks.
 */
export function substitute<R extends Resource>(
  graph: ResourceGraph<R>,
  held: ReadonlySet<ResourceId>,
  consented: Consented<R>,
  consent: Pick<ConsentRules<R>, "rulesOf" | "withRules">,
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
  // What stood on something that nobody remembers any more cannot stand again; then it only waits.
  const stands = (each: R, above: readonly ResourceId[] = []): boolean =>
    each.dependsOn.every((id) => {
      const before = consented.resources.get(id);
      return byId.has(id) || above.includes(id) || (before !== undefined && stands(before, [...above, each.id]));
    });
  const resources = graph.resources.map((each) => {
    const before = waiting.has(each.id) ? consented.resources.get(each.id) : undefined;
    return before !== undefined && stands(before) ? before : each;
  });
  return { ...graph, resources: withDependencies(resources, consented, consent) };
}

// What it stood on may be declared no more: it is needed for as long as it is.
function withDependencies<R extends Resource>(
  resources: readonly R[],
  consented: Consented<R>,
  { rulesOf, withRules }: Pick<ConsentRules<R>, "rulesOf" | "withRules">,
): readonly R[] {
  const all = new Map(resources.map((each) => [each.id, each]));
  // The list grows while it is walked.
  const pending = [...resources];
  for (const each of pending) {
    for (const id of each.dependsOn) {
      const before = consented.resources.get(id);
      if (all.has(id) || before === undefined) continue;
      // A file without rules allows nothing.
      const rules = rulesOf(before);
      const needed = rules === null ? before : withRules(before, { ...rules, credentials: {}, subjects: {} });
      all.set(id, needed);
      pending.push(needed);
    }
  }
  return [...all.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
