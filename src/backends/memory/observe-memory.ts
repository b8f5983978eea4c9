import { createHash } from "node:crypto";
import type { ContainerObject, ContainerSpec } from "../../../compilers/container/resources.ts";
import { PROVISIONS } from "../../../compilers/container/interception.ts";
import { GATEWAY, POLICY } from "../../../compilers/container/plumbing.ts";
import { acceptedState } from "../../backend/accepted-state.ts";
import { LABEL, recordedDigest } from "../../backend/labels.ts";
import { claimOf, concerns, settleTwins } from "../../backend/ownership.ts";
import type { Claims } from "../../backend/ownership.ts";
import type { ResourceGraph } from "../../graph/resource.ts";
import type { Observed, Snapshot } from "../../graph/snapshot.ts";
import type { MemoryContainer, MemoryThing, MemoryWorld } from "./memory-world.ts";

type Seen = Observed<ContainerObject>;

/** One reading of the world, by the rules of ownership that every container engine shares. */
export function observeMemory(world: MemoryWorld, graph: ResourceGraph<ContainerObject>): Snapshot<ContainerObject> {
  const { project } = graph.scope;
  const wanted = new Map(
    graph.resources.flatMap((each) =>
      each.kind === "image" || each.kind === "policy" || each.kind === "provisions"
        ? []
        : [[`${each.kind}:${each.spec.name}`, each.id] as const],
    ),
  );
  const claims: Claims = { project, wanted };
  const desired = new Map(graph.resources.map((each) => [each.id, each]));
  const specOf = (id: Seen["id"]): ContainerSpec | null => {
    const found = desired.get(id);
    return found?.kind === "container" ? found.spec : null;
  };
  const containers = [...world.containers.values()]
    .filter((each) => concerns(claims, { kind: "container", ...each }))
    .map((each): Seen => {
      const claim = claimOf(claims, { kind: "container", ...each });
      return {
        ...claim,
        kind: "container",
        handle: each.handle,
        name: each.name,
        digest: recordedDigest(each.labels),
        live: liveOf(world, each, specOf(claim.id)),
        phase: each.phase,
      };
    });
  const things = (kind: "network" | "volume", all: ReadonlyMap<string, MemoryThing>): readonly Seen[] =>
    [...all.values()]
      .filter((each) => concerns(claims, { kind, ...each }))
      .map((each) => ({
        ...claimOf(claims, { kind, ...each }),
        kind,
        handle: each.handle,
        name: each.name,
        digest: kind === "volume" ? recordedDigest(each.labels) || null : recordedDigest(each.labels),
        live: each.live,
        phase: { kind: "present" },
      }));
  const images = graph.resources.flatMap((each): readonly Seen[] =>
    each.kind === "image" && world.images.has(each.spec.tag)
      ? [
          {
            id: each.id,
            kind: "image",
            handle: each.spec.tag,
            name: each.spec.tag,
            ownership: "ours",
            digest: null,
            live: {},
            phase: { kind: "present" },
          },
        ]
      : [],
  );
  const volumes = things("volume", world.volumes);
  const observed = [
    ...containers,
    ...things("network", world.networks),
    ...volumes,
    ...images,
    ...rulesIn(world, volumes),
    ...provisionsOf(world, containers),
  ];
  return {
    scope: graph.scope,
    observed: settleTwins(project, observed, hardened),
    complete: world.gaps.length === 0,
    gaps: world.gaps,
  };
}

function liveOf(
  world: MemoryWorld,
  container: MemoryContainer,
  desired: ContainerSpec | null,
): Readonly<Record<string, unknown>> {
  const { name, image, networks, kernelPathsMasked, body, joins, phase } = container;
  const state = acceptedState(phase, desired?.restart ?? "always");
  const NetworkMode = joins === null ? body.HostConfig.NetworkMode : `container:${nameForJoining(world, joins)}`;
  const HostConfig = { ...body.HostConfig, NetworkMode };
  return { name, image, networks, kernelPathsMasked, state, body: { ...body, HostConfig } };
}

// As an engine tells it: by an id, which coop translates back where there is such a container.
function nameForJoining(world: MemoryWorld, handle: string): string {
  const joined = world.containers.get(handle);
  if (joined === undefined) return createHash("sha256").update(handle).digest("hex");
  const { [LABEL.project]: project, [LABEL.id]: id } = joined.labels;
  const derived =
    project === undefined || id === undefined ? joined.name : `coop.${project}.${id.slice("container:".length)}`;
  return world.named(derived) === undefined ? derived : joined.name;
}

function provisionsOf(world: MemoryWorld, containers: readonly Seen[]): readonly Seen[] {
  return containers.flatMap(({ id, handle, ownership }): readonly Seen[] => {
    const found = world.containers.get(handle);
    const held = found?.phase.kind === "running" && found.given?.run === found.started ? found.given : undefined;
    if (id !== GATEWAY || ownership !== "ours" || held === undefined) return [];
    return [
      {
        id: PROVISIONS,
        kind: "provisions",
        handle,
        name: "provisions",
        ownership: "ours",
        digest: held.digest,
        live: {},
        phase: { kind: "present" },
      },
    ];
  });
}

function rulesIn(world: MemoryWorld, volumes: readonly Seen[]): readonly Seen[] {
  return volumes.flatMap(({ name, handle, ownership }): readonly Seen[] => {
    const rules = world.rules.get(name);
    if (rules === undefined || ownership !== "ours") return [];
    return [
      {
        id: POLICY,
        kind: "policy",
        handle,
        name: "rules",
        ownership: "ours",
        digest: rules.digest,
        live: { policy: rules.policy },
        phase: { kind: "present" },
      },
    ];
  });
}

function hardened(each: Seen): boolean {
  const body: unknown = each.live["body"];
  const { HostConfig } = body as ContainerSpec["body"]; // liveOf put it there
  return HostConfig.CapDrop.includes("ALL") && !HostConfig.Privileged;
}
