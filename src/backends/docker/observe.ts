import type Dockerode from "dockerode";
import { GATEWAY } from "../../../compilers/container/plumbing.ts";
import type { ContainerObject, ContainerSpec } from "../../../compilers/container/resources.ts";
import { objectName } from "../../../compilers/container/names.ts";
import { LABEL, recordedDigest } from "../../backend/labels.ts";
import { claimOf, concerns, settleTwins } from "../../backend/ownership.ts";
import type { Claims } from "../../backend/ownership.ts";
import type { ResourceGraph, ResourceId } from "../../graph/resource.ts";
import type { Observed, Snapshot } from "../../graph/snapshot.ts";
import { engineCall, engineFind } from "./engine-errors.ts";
import { liveContainer, phaseOf, sinceOf } from "./live-container.ts";
import type { EngineFacts } from "./live-container.ts";
import { isGoing, observePolicy, readPolicy } from "./observe-policy.ts";
import { observeProvisions } from "./observe-provisions.ts";

type Seen = Observed<ContainerObject>;

/** Reads everything that carries the project's label or stands under a name that the graph needs. Changes nothing. */
export async function observeDocker(
  docker: Dockerode,
  graph: ResourceGraph<ContainerObject>,
  defaultRuntime: string,
): Promise<Snapshot<ContainerObject>> {
  const [containers, networks, volumes, images] = await Promise.all([
    engineCall("list its containers", () => docker.listContainers({ all: true })),
    engineCall("list its networks", () => docker.listNetworks()),
    engineCall("list its volumes", () => docker.listVolumes()),
    // Asked for one by one: to list its images the engine adds up the size of every layer that it has.
    presentImages(
      docker,
      graph.resources.flatMap((each) => (each.kind === "image" ? [each.spec.tag] : [])),
    ),
  ]);
  const desired = new Map(graph.resources.map((each) => [each.id, each]));
  const wanted: ReadonlyMap<string, ResourceId> = new Map(
    graph.resources.flatMap((each) =>
      each.kind === "image" || each.kind === "policy" || each.kind === "provisions"
        ? []
        : [[`${each.kind}:${each.spec.name}`, each.id] as const],
    ),
  );
  const { project } = graph.scope;
  const claims: Claims = { project, wanted };
  const nameOf = (each: Dockerode.ContainerInfo): string => (each.Names[0] ?? "").replace(/^\//, "");
  const names = namesForJoining(
    project,
    new Map(containers.map((each) => [each.Id, { name: nameOf(each), labels: each.Labels }])),
  );
  const ours = containers.filter(
    (each) =>
      concerns(claims, { kind: "container", name: nameOf(each), labels: each.Labels }) &&
      each.Labels[LABEL.session] === undefined,
  );
  const gateway = ours.find((each) => each.Labels[LABEL.id] === GATEWAY);
  const early = gateway === undefined || isGoing(gateway.State) ? null : readPolicy(docker, gateway.Id);
  const inspected = await Promise.all(
    ours.map((each) => engineFind(`inspect ${nameOf(each)}`, () => docker.getContainer(each.Id).inspect())),
  );
  const imageConfigs = await imagesOf(
    docker,
    inspected.flatMap((each) => (each === null ? [] : [each.Image])),
  );

  const seen: Seen[] = [];
  for (const report of inspected) {
    if (report === null) continue;
    const name = report.Name.replace(/^\//, "");
    const labels = report.Config.Labels ?? {};
    const owner = claimOf(claims, { kind: "container", name, labels });
    const spec = desired.get(owner.id);
    const facts: EngineFacts = { names, image: imageConfigs.get(report.Image) ?? {}, defaultRuntime };
    seen.push({
      ...owner,
      kind: "container",
      handle: report.Id,
      name,
      digest: recordedDigest(labels),
      live: { ...liveContainer(report, spec?.kind === "container" ? spec.spec : null, facts) },
      phase: phaseOf(report),
      since: sinceOf(report),
      created: report.Created,
      ...(labels[LABEL.image] === undefined ? {} : { reference: labels[LABEL.image] }),
    });
  }
  for (const each of networks) {
    const labels = each.Labels ?? {};
    const bearer = { kind: "network", name: each.Name, labels };
    if (!concerns(claims, bearer)) continue;
    const body = {
      Driver: each.Driver,
      Internal: each.Internal,
      EnableIPv6: each.EnableIPv6,
      Options: each.Options ?? {},
    };
    seen.push({
      ...claimOf(claims, bearer),
      kind: "network",
      handle: each.Id,
      name: each.Name,
      digest: recordedDigest(labels),
      live: { name: each.Name, body },
      phase: { kind: "present" },
    });
  }
  for (const each of volumes.Volumes ?? []) {
    const labels = each.Labels ?? {};
    const bearer = { kind: "volume", name: each.Name, labels };
    if (!concerns(claims, bearer)) continue;
    seen.push({
      ...claimOf(claims, bearer),
      kind: "volume",
      handle: each.Name,
      name: each.Name,
      digest: recordedDigest(labels) || null,
      live: { name: each.Name, ...mountedElsewhere(each) },
      phase: { kind: "present" },
    });
  }
  for (const each of graph.resources) {
    if (each.kind !== "image" || !images.has(each.spec.tag)) continue;
    seen.push({
      id: each.id,
      kind: "image",
      handle: each.spec.tag,
      name: each.spec.tag,
      ownership: "ours",
      digest: null,
      live: {},
      phase: { kind: "present" },
    });
  }
  const told = await Promise.all([observePolicy(docker, graph, seen, early), observeProvisions(docker, graph, seen)]);
  seen.push(...told.filter((each) => each !== null));
  return {
    scope: graph.scope,
    observed: settleTwins(project, seen, hardened),
    // Every call above answered; a container that was gone when it was inspected is gone.
    complete: true,
    gaps: [],
  };
}

// A container that lacks the hardening under a name that is not ours was never made by coop.
function hardened(each: Seen): boolean {
  const body: unknown = each.live["body"];
  const spec = body as ContainerSpec["body"]; // liveContainer made it, in exactly this shape
  return spec.HostConfig.CapDrop.includes("ALL") && !spec.HostConfig.Privileged;
}

async function presentImages(docker: Dockerode, tags: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    tags.map((tag) => engineFind(`inspect the image "${tag}"`, () => docker.getImage(tag).inspect())),
  );
  return new Set(tags.filter((_, index) => found[index] !== null));
}

async function imagesOf(docker: Dockerode, ids: readonly string[]): Promise<ReadonlyMap<string, EngineFacts["image"]>> {
  const distinct = [...new Set(ids)];
  const reports = await Promise.all(
    distinct.map((id) => engineFind(`inspect the image ${id}`, () => docker.getImage(id).inspect())),
  );
  return new Map(distinct.map((id, index) => [id, reports[index]?.Config ?? {}]));
}

// A volume of ours is plain; with a driver or options of its own it may be any folder of the host.
function mountedElsewhere(volume: Dockerode.VolumeInspectInfo): Readonly<Record<string, unknown>> {
  const { Driver: driver, Options: options } = volume;
  const own = options !== null && Object.keys(options).length > 0;
  return { ...(driver === "local" ? {} : { driver }), ...(own ? { options } : {}) };
}

// A renamed container goes by the name that it should have, so that who joins it has not moved; one that copied the
// labels of another goes by its own.
function namesForJoining(
  project: string,
  containers: ReadonlyMap<string, { readonly name: string; readonly labels: Readonly<Record<string, string>> }>,
): ReadonlyMap<string, string> {
  const taken = new Set([...containers.values()].map((each) => each.name));
  return new Map(
    [...containers].map(([id, { name, labels }]) => {
      const path = labels[LABEL.project] === project ? labels[LABEL.id]?.match(/^container:(.+)$/)?.[1] : undefined;
      const derived = path === undefined ? name : objectName(project, `container:${path}`);
      return [id, taken.has(derived) ? name : derived];
    }),
  );
}
