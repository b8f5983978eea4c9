import type Dockerode from "dockerode";
import type { ContainerObject, ContainerSpec } from "../../../compilers/container/resources.ts";
import { objectName } from "../../../compilers/container/names.ts";
import { GATEWAY, POLICY } from "../../../compilers/container/plumbing.ts";
import { LABEL } from "../../backend/labels.ts";
import type { ResourceGraph, ResourceId } from "../../graph/resource.ts";
import type { Observed, Snapshot } from "../../graph/snapshot.ts";
import { engineCall, engineFind } from "./engine-errors.ts";
import { liveContainer, phaseOf } from "./live-container.ts";
import type { EngineFacts } from "./live-container.ts";
import { readFile } from "./volume-files.ts";

type Seen = Observed<ContainerObject>;

/** Reads everything that carries the project's label or stands under a name that the graph needs. Changes nothing. */
export async function observeDocker(docker: Dockerode, graph: ResourceGraph<ContainerObject>, defaultRuntime: string): Promise<Snapshot<ContainerObject>> {
  const [containers, networks, volumes, images] = await Promise.all([
    engineCall("list its containers", () => docker.listContainers({ all: true })),
    engineCall("list its networks", () => docker.listNetworks()),
    engineCall("list its volumes", () => docker.listVolumes()),
    engineCall("list its images", () => docker.listImages()),
  ]);
  const desired = new Map(graph.resources.map((each) => [each.id, each]));
  const wantedNames: ReadonlyMap<string, ResourceId> = new Map(graph.resources.flatMap((each) => (each.kind === "image" || each.kind === "policy" ? [] : [[`${each.kind}:${each.spec.name}`, each.id] as const])));
  const { project } = graph.scope;
  const concerns = (kind: string, name: string, labels: Readonly<Record<string, string>>): boolean =>
    labels[LABEL.project] === project || wantedNames.has(`${kind}:${name}`);

  const names = new Map(containers.map((each) => [each.Id, (each.Names[0] ?? "").replace(/^\//, "")]));
  const ours = containers.filter((each) => concerns("container", names.get(each.Id) ?? "", each.Labels) && each.Labels[LABEL.session] === undefined);
  const inspected = await Promise.all(ours.map((each) => engineFind(`inspect ${names.get(each.Id) ?? each.Id}`, () => docker.getContainer(each.Id).inspect())));
  const imageConfigs = await imagesOf(docker, inspected.flatMap((each) => (each === null ? [] : [each.Image])));

  const seen: Seen[] = [];
  for (const report of inspected) {
    if (report === null) continue;
    const name = report.Name.replace(/^\//, "");
    const labels = report.Config.Labels ?? {};
    const owner = ownership(project, "container", name, labels, wantedNames);
    const spec = desired.get(owner.id);
    const facts: EngineFacts = { names, image: imageConfigs.get(report.Image) ?? {}, defaultRuntime };
    seen.push({
      ...owner,
      kind: "container",
      handle: report.Id,
      name,
      digest: labels[LABEL.digest] ?? null,
      live: { ...liveContainer(report, spec?.kind === "container" ? spec.spec : null, facts) },
      phase: phaseOf(report),
    });
  }
  for (const each of networks) {
    const labels = each.Labels ?? {};
    if (!concerns("network", each.Name, labels)) continue;
    const body = { Driver: each.Driver, Internal: each.Internal, EnableIPv6: each.EnableIPv6, Options: each.Options ?? {} };
    seen.push({ ...ownership(project, "network", each.Name, labels, wantedNames), kind: "network", handle: each.Id, name: each.Name, digest: labels[LABEL.digest] ?? null, live: { name: each.Name, body }, phase: { kind: "present" } });
  }
  for (const each of volumes.Volumes ?? []) {
    const labels = each.Labels ?? {};
    if (!concerns("volume", each.Name, labels)) continue;
    seen.push({ ...ownership(project, "volume", each.Name, labels, wantedNames), kind: "volume", handle: each.Name, name: each.Name, digest: labels[LABEL.digest] ?? null, live: { name: each.Name }, phase: { kind: "present" } });
  }
  const tags = new Set(images.flatMap((each) => [...(each.RepoTags ?? []), ...(each.RepoDigests ?? []), each.Id]));
  for (const each of graph.resources) {
    if (each.kind !== "image" || !tags.has(each.spec.tag)) continue;
    seen.push({ id: each.id, kind: "image", handle: each.spec.tag, name: each.spec.tag, ownership: "ours", digest: null, live: {}, phase: { kind: "present" } });
  }
  const policy = await observePolicy(docker, seen);
  if (policy !== null) seen.push(policy);
  return { scope: graph.scope, observed: resolveDuplicates(seen), complete: inspected.every((each) => each !== null), gaps: inspected.includes(null) ? ["a container vanished while it was read"] : [] };
}

/** What a container's labels and name make of it: ours only when both agree. */
function ownership(
  project: string,
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  wantedNames: ReadonlyMap<string, ResourceId>,
): { readonly id: ResourceId; readonly ownership: "ours" | "foreign" } {
  const labelled = labels[LABEL.project] === project ? labels[LABEL.id] : undefined;
  if (labelled !== undefined && isResourceId(labelled) && labelled.startsWith(`${kind}:`)) {
    return { id: labelled, ownership: objectName(project, labelled) === name || kind === "container" ? "ours" : "foreign" };
  }
  return { id: wantedNames.get(`${kind}:${name}`) ?? `${kind}:${name}`, ownership: "foreign" };
}

// Two containers with one id: the one with the derived name is ours, the other copied the labels. A single one under
// another name is ours when it is what we made (its name is put right), and somebody else's when it is not.
function resolveDuplicates(seen: readonly Seen[]): readonly Seen[] {
  return seen.map((each) => {
    if (each.kind !== "container" || each.ownership === "foreign") return each;
    const twin = seen.find((other) => other !== each && other.kind === "container" && other.id === each.id && other.ownership === "ours");
    const derived = each.name.endsWith(`.${each.id.slice("container:".length)}`);
    if (derived) return each;
    return twin === undefined && hardened(each) ? each : { ...each, ownership: "foreign" };
  });
}

// A container that lacks the hardening under a name that is not ours was never made by coop.
function hardened(each: Seen): boolean {
  const body: unknown = each.live["body"];
  const spec = body as ContainerSpec["body"]; // liveContainer made it, in exactly this shape
  return spec.HostConfig.CapDrop.includes("ALL") && !spec.HostConfig.Privileged;
}

async function imagesOf(docker: Dockerode, ids: readonly string[]): Promise<ReadonlyMap<string, EngineFacts["image"]>> {
  const distinct = [...new Set(ids)];
  const reports = await Promise.all(distinct.map((id) => engineFind(`inspect the image ${id}`, () => docker.getImage(id).inspect())));
  return new Map(distinct.map((id, index) => [id, reports[index]?.Config ?? {}]));
}

// Read through the gateway, which mounts it, running or not.
async function observePolicy(docker: Dockerode, seen: readonly Seen[]): Promise<Seen | null> {
  const gateway = seen.find((each) => each.id === GATEWAY && each.ownership === "ours");
  if (gateway === undefined) return null;
  const file = await readFile(docker.getContainer(gateway.handle), "/etc/coop/policy/policy.json");
  if (file === null) return null;
  return { id: POLICY, kind: "policy", handle: gateway.handle, name: "rules", ownership: "ours", digest: null, live: { policy: parsePolicyText(file) }, phase: { kind: "present" } };
}

// A file that is no JSON differs from every policy, and so is written anew.
function parsePolicyText(file: Buffer): unknown {
  try {
    return JSON.parse(file.toString("utf8"));
  } catch {
    return null;
  }
}

function isResourceId(text: string): text is ResourceId {
  return /^[a-z]+:./.test(text);
}
