import type { ResourceId } from "../../src/graph/resource.ts";
import type { Phase } from "../../src/graph/snapshot.ts";
import type { PlanRules } from "../../src/plan/rules.ts";
import { keptRules } from "./kept-rules.ts";
import { livingNamespaces } from "./living-namespaces.ts";
import type { ContainerObject, ContainerObjectKind, ContainerSpec } from "./resources.ts";

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

// A forwarder that starts again has a new namespace, which the sandbox does not. What the engine could not remove to its
// end is dead for good: it can only go, and be made anew.
const updatableOf = (id: ResourceId, phase: Phase): readonly string[] => {
  const gone = phase.kind === "broken" && /^(dead|removing)$/.test(phase.why);
  return isForwarder(id) || gone ? LIVING : ["/state", ...LIVING];
};

const isForwarder = (id: ResourceId): boolean => id.startsWith("container:forwarder.");

const NEVER = (): boolean => false;
const ALWAYS = (): boolean => true;
const NOTHING = (): readonly string[] => [];

/** What the planner must know about the objects of a container engine. */
export const CONTAINER_PLAN_RULES: PlanRules<ContainerObject> = {
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
    provisions: { updatable: () => [""], sensitive: [], holdsData: NEVER, prunable: true, replacesDependents: NEVER },
    container: {
      updatable: updatableOf,
      sensitive: [],
      holdsData: NEVER,
      prunable: true,
      // A gateway that is made anew holds nothing in its memory.
      replacesDependents: (id, dependent) =>
        isForwarder(id) || (id.startsWith("container:gateway") && dependent.startsWith("provisions:")),
    },
  },
  usesOf,
  adaptations: (graph, snapshot) => [...livingNamespaces(graph, snapshot), ...keptRules(graph, snapshot)],
};

// What an engine refuses to remove while it is used, and what a sandbox joins.
function usesOf(kind: ContainerObjectKind, live: Readonly<Record<string, unknown>>): readonly string[] {
  if (kind !== "container") return [];
  const { networks, body } = live as Pick<ContainerSpec, "networks" | "body">; // a backend reads containers back in this shape
  const joined = /^container:.+$/.exec(body.HostConfig.NetworkMode);
  return [
    ...networks.map((name) => `network:${name}`),
    ...body.HostConfig.Mounts.map((mount) => `volume:${mount.Source}`),
    ...(joined === null ? [] : [joined[0]]),
  ];
}

/** As CONTAINER_PLAN_RULES, where an engine cannot change its own restart policy for a container that is there. */
export const WITHOUT_RESTART_UPDATES: PlanRules<ContainerObject> = {
  ...CONTAINER_PLAN_RULES,
  kinds: {
    ...CONTAINER_PLAN_RULES.kinds,
    container: {
      ...CONTAINER_PLAN_RULES.kinds.container,
      updatable: (id, phase) => updatableOf(id, phase).filter((each) => each !== "/body/HostConfig/RestartPolicy"),
    },
  },
};
