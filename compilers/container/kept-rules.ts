import { canonicalJson } from "../../src/graph/digest.ts";
import type { ResourceGraph } from "../../src/graph/resource.ts";
import type { Snapshot } from "../../src/graph/snapshot.ts";
import type { Adaptation } from "../../src/plan/rules.ts";
import { POLICY } from "./plumbing.ts";
import type { ContainerObject } from "./resources.ts";

/**
 * Rules in force that hold back more of the machine's addresses than it has now stay as they are: an address that is gone
 * is not given back before the rules change anyway, so that no network that somebody removes asks for an apply.
 */
export function keptRules(
  graph: ResourceGraph<ContainerObject>,
  snapshot: Snapshot<ContainerObject>,
): readonly Adaptation<ContainerObject>[] {
  const desired = graph.resources.find((each) => each.id === POLICY);
  const found = snapshot.observed.find((each) => each.id === POLICY && each.ownership === "ours");
  const live = found?.live["policy"];
  if (desired?.kind !== "policy" || found?.digest !== desired.digest || !holdsBack(live)) return [];
  const { policy } = desired.spec;
  const kept = { ...policy, hostAddresses: live.hostAddresses };
  const holdsAll = policy.hostAddresses.every((each) => live.hostAddresses.includes(each));
  if (!holdsAll || canonicalJson(live) !== canonicalJson(kept)) return [];
  return [{ keeps: POLICY, resources: [{ ...desired, spec: { ...desired.spec, policy: kept } }] }];
}

function holdsBack(live: unknown): live is { readonly hostAddresses: readonly string[] } {
  if (typeof live !== "object" || live === null || !("hostAddresses" in live)) return false;
  return Array.isArray(live.hostAddresses) && live.hostAddresses.every((each) => typeof each === "string");
}
