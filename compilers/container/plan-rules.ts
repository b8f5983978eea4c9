import type { ResourceId } from "../../src/graph/resource.ts";
import type { PlanRules } from "../../src/plan/rules.ts";
import type { ContainerObjectKind } from "./resources.ts";

// Passwords go with their data: the service could not be opened without them.
const DATA_VOLUMES = /^volume:(data|volume|workspace|generated)\./;

// What `docker update`, `start`, `unpause` and `rename` change on a living container.
const LIVING = [
  "/name",
  "/body/HostConfig/Memory",
  "/body/HostConfig/MemorySwap",
  "/body/HostConfig/NanoCpus",
  "/body/HostConfig/PidsLimit",
  "/body/HostConfig/RestartPolicy",
];

// A forwarder that starts again has a new namespace, which the sandbox does not: the pair is made anew.
const updatableOf = (id: ResourceId): readonly string[] => (isForwarder(id) ? LIVING : ["/state", ...LIVING]);

const isForwarder = (id: ResourceId): boolean => id.startsWith("container:forwarder.");

const NEVER = (): boolean => false;
const ALWAYS = (): boolean => true;
const NOTHING = (): readonly string[] => [];

/** What the planner must know about the objects of the container engines. */
export const CONTAINER_PLAN_RULES: PlanRules<ContainerObjectKind> = {
  kinds: {
    image: { updatable: NOTHING, sensitive: [], holdsData: NEVER, prunable: false, replacesDependents: NEVER },
    network: { updatable: NOTHING, sensitive: [], holdsData: NEVER, prunable: true, replacesDependents: ALWAYS },
    volume: {
      updatable: NOTHING,
      sensitive: [],
      holdsData: (id) => DATA_VOLUMES.test(id),
      prunable: true,
      replacesDependents: ALWAYS,
    },
    // Rules are swapped without touching who obeys them.
    policy: { updatable: () => [""], sensitive: [], holdsData: NEVER, prunable: true, replacesDependents: NEVER },
    container: {
      updatable: updatableOf,
      sensitive: [],
      holdsData: NEVER,
      prunable: true,
      replacesDependents: isForwarder,
    },
  },
  removalRank,
};

// What mounts or joins an object goes before it.
function removalRank(id: ResourceId): number {
  if (/^container:(sandbox|service|publisher)\./.test(id)) return 0;
  if (/^container:(forwarder\.|host-relay)/.test(id)) return 1;
  if (id.startsWith("container:")) return 2;
  if (id.startsWith("policy:")) return 3;
  return 4;
}
