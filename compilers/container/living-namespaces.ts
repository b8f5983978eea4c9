import type { ResourceGraph } from "../../src/graph/resource.ts";
import type { Observed, Phase, Snapshot } from "../../src/graph/snapshot.ts";
import type { Adaptation } from "../../src/plan/rules.ts";
import { containerId } from "./names.ts";
import type { ContainerObject, ContainerSpec } from "./resources.ts";

type Container = Extract<ContainerObject, { readonly kind: "container" }>;
type Seen = Observed<ContainerObject>;

const FORWARDER = /^container:forwarder\.(.+)$/;

/**
 * Namespaces that outlive their forwarder, since a sandbox (or a service) runs in them: a new forwarder joins what runs,
 * which goes on, instead of the other way round (isolation.md §1, "Life"). Pure; nothing of it when both are as the file
 * has them. The namespace ends with the one that runs in it: what does not run is made anew, with its forwarder.
 */
export function livingNamespaces(
  graph: ResourceGraph<ContainerObject>,
  snapshot: Snapshot<ContainerObject>,
): readonly Adaptation<ContainerObject>[] {
  const ours = new Map(snapshot.observed.flatMap((each) => (each.ownership === "ours" ? [[each.id, each]] : [])));
  const desired = new Map(graph.resources.map((each) => [each.id, each]));
  return graph.resources.flatMap((forwarder) => {
    const path = FORWARDER.exec(forwarder.id)?.[1];
    if (path === undefined || forwarder.kind !== "container") return [];
    const tenant = desired.get(containerId(path));
    const standing = ours.get(containerId(path));
    if (tenant?.kind !== "container" || standing === undefined) return [];
    return adaptationOf({ forwarder, tenant, standing, found: ours.get(forwarder.id) });
  });
}

interface Pair {
  readonly forwarder: Container;
  /** Who runs in the forwarder's namespace. */
  readonly tenant: Container;
  readonly standing: Seen;
  readonly found: Seen | undefined;
}

function adaptationOf({ forwarder, tenant, standing, found }: Pair): readonly Adaptation<ContainerObject>[] {
  // Another forwarder is asked for: the pair is made anew.
  if (found !== undefined && found.digest !== forwarder.digest) return [];
  const mode = networkModeOf(standing);
  const asWritten = mode === `container:${forwarder.spec.name}`;
  if (!asWritten && !OF_ONE_THAT_IS_GONE.test(mode)) return [];
  const serves = found?.phase.kind === "running";
  const joined = found !== undefined && networkModeOf(found) === `container:${tenant.spec.name}`;
  if (serves && asWritten && !joined) return [];
  const kept: Container = {
    ...tenant,
    dependsOn: tenant.dependsOn.filter((id) => id !== forwarder.id),
    spec: withHost(tenant.spec, { NetworkMode: mode }),
  };
  const joining: Container = {
    ...forwarder,
    dependsOn: [...forwarder.dependsOn, tenant.id].toSorted(),
    spec: joinedSpec(forwarder, tenant),
  };
  if (lives(standing.phase)) {
    const fits = serves ? joined : found === undefined || !gaveUp(found.phase);
    return fits ? [{ keeps: tenant.id, resources: [kept, joining] }] : [];
  }
  // One that has ended as it should is not run again because of what happens to its namespace.
  if (standing.live["state"] !== tenant.spec.state) return [];
  return [{ keeps: tenant.id, resources: serves && joined ? [kept, joining] : [kept] }];
}

/** The namespace of a container that the engine does not have any more. */
const OF_ONE_THAT_IS_GONE = /^container:[0-9a-f]{64}$/;

// In another's namespace a container has no network, name service or kernel settings of its own; the namespace has them.
function joinedSpec({ spec }: Container, tenant: Container): ContainerSpec {
  const host = { NetworkMode: `container:${tenant.spec.name}`, Dns: [], Sysctls: {} };
  return { ...withHost(spec, host), networks: [] };
}

function withHost(spec: ContainerSpec, host: Partial<ContainerSpec["body"]["HostConfig"]>): ContainerSpec {
  return { ...spec, body: { ...spec.body, HostConfig: { ...spec.body.HostConfig, ...host } } };
}

function networkModeOf({ live }: Seen): string {
  const body: unknown = live["body"];
  return (body as ContainerSpec["body"]).HostConfig.NetworkMode; // a backend reads containers back in this shape
}

function lives(phase: Phase): boolean {
  return phase.kind === "running" || phase.kind === "starting" || phase.kind === "paused";
}

// It cannot serve in this namespace: an interface besides `lo` is there (70), or something holds its ports (1).
function gaveUp(phase: Phase): boolean {
  return phase.kind === "exited" && (phase.code === 70 || phase.code === 1);
}
