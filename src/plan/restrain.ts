import type { Policy } from "../gateway/policy.ts";
import type { ResourceGraph } from "../graph/resource.ts";
import type { Resource } from "../graph/resource.ts";
import type { ConsentRules } from "./consent-rules.ts";
import { meet } from "./meet.ts";
import { reachDiff } from "./reach.ts";
import type { ReachLine } from "./reach.ts";

/** What a file asks for, without the reach that nobody has let through yet. */
export interface Restrained<R extends Resource> {
  readonly graph: ResourceGraph<R>;
  /** The reach that waits for a person; empty = the graph is as the file asks. */
  readonly held: readonly ReachLine[];
}

/** Takes the reach out of a graph that goes beyond what a person has consented to; what is tightened stays in. Pure. */
export function restrain<R extends Resource>(
  graph: ResourceGraph<R>,
  consented: Policy | null,
  consent: Pick<ConsentRules<R>, "rulesOf" | "withRules">,
): Restrained<R> {
  let held: readonly ReachLine[] = [];
  const resources = graph.resources.map((resource) => {
    const desired = consent.rulesOf(resource);
    if (desired === null) return resource;
    held = reachDiff(consented, desired).filter((each) => each.effect === "loosens");
    return held.length === 0 ? resource : consent.withRules(resource, meet(consented, desired));
  });
  return { graph: held.length === 0 ? graph : { ...graph, resources }, held };
}
