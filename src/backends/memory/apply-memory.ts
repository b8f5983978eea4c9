import type { ContainerObject, ContainerSpec } from "../../../compilers/container/resources.ts";
import { LABEL, labelsOf } from "../../backend/labels.ts";
import type { Observed } from "../../graph/snapshot.ts";
import type { ImageFacts } from "../../model/inputs.ts";
import type { EffectiveChange } from "../../plan/change.ts";
import { refused } from "./memory-world.ts";
import type { MemoryContainer, MemoryWorld } from "./memory-world.ts";

type ContainerResource = Extract<ContainerObject, { readonly kind: "container" }>;

/** Does one change of a plan, call by call, under the rules that a real engine has. */
export async function applyMemory(
  world: MemoryWorld,
  project: string,
  change: EffectiveChange<ContainerObject>,
): Promise<void> {
  switch (change.action) {
    case "create":
      return create(world, project, change.desired);
    case "update":
      return update(world, change.desired, change.observed);
    case "replace":
      await remove(world, change.observed);
      return create(world, project, change.desired);
    case "delete":
      return remove(world, change.observed);
  }
}

async function create(world: MemoryWorld, project: string, desired: ContainerObject): Promise<void> {
  const labels = labelsOf(project, desired.id, desired.digest);
  switch (desired.kind) {
    case "image": {
      const { tag } = desired.spec;
      await world.call({ verb: "make", what: `image:${tag}` }, () =>
        world.images.set(tag, memoryImage(desired.digest)),
      );
      return;
    }
    case "network":
    case "volume": {
      const things = desired.kind === "network" ? world.networks : world.volumes;
      const { name, ...live } = desired.spec;
      await world.call({ verb: "create", what: `${desired.kind}:${name}` }, () => {
        if (!things.has(name)) things.set(name, { handle: world.handle(), name, labels, live: { name, ...live } });
      });
      return;
    }
    case "policy":
      return writeRules(world, desired);
    case "provisions":
      return give(world, desired);
    case "container":
      return createContainer(world, desired, labels);
  }
}

async function update(
  world: MemoryWorld,
  desired: ContainerObject,
  observed: Observed<ContainerObject>,
): Promise<void> {
  if (desired.kind === "policy") return writeRules(world, desired);
  if (desired.kind === "provisions") return give(world, desired);
  if (desired.kind !== "container") throw new Error(`a ${desired.kind} is never updated in place`);
  const { spec } = desired;
  const found = world.containers.get(observed.handle);
  if (found === undefined) throw refused(`update "${observed.name}": there is no such container`);
  if (found.name !== spec.name) {
    await world.call({ verb: "rename", what: `container:${found.name}` }, () => {
      if (world.named(spec.name) !== undefined) throw refused(`rename "${found.name}": the name is taken`);
      world.alter(found.name, () => ({ name: spec.name }));
    });
  }
  const { Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy } = spec.body.HostConfig;
  await world.call({ verb: "update", what: `container:${spec.name}` }, () => {
    world.alter(spec.name, ({ body }) => ({
      body: { ...body, HostConfig: { ...body.HostConfig, Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy } },
    }));
  });
  // What is paused goes on where it was, whatever has become of what it joined.
  if (observed.phase.kind === "paused") {
    await world.call({ verb: "unpause", what: `container:${spec.name}` }, () =>
      world.alter(spec.name, () => ({ phase: { kind: "running", ready: true } })),
    );
  } else if (observed.live["state"] !== spec.state) await start(world, spec);
}

async function createContainer(
  world: MemoryWorld,
  desired: ContainerResource,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const { spec } = desired;
  await world.call({ verb: "create", what: `container:${spec.name}` }, () => {
    const standing = world.named(spec.name);
    // An answer that was lost: the same object is taken over, any other is refused.
    if (standing?.labels[LABEL.digest] === desired.digest) return;
    for (const mount of spec.body.HostConfig.Mounts) {
      if (mount.Type === "volume" && !world.volumes.has(mount.Source))
        throw refused(`create "${spec.name}": there is no volume ${mount.Source}`);
    }
    const { name, image, networks, kernelPathsMasked, body } = spec;
    const joined = joinedName(body);
    const host = joined === null ? null : world.named(joined);
    if (host === undefined) throw refused(`create "${name}": there is no container ${joined}`);
    const joins = host?.handle ?? null;
    world.add({ name, labels, image, networks, kernelPathsMasked, body, joins, phase: { kind: "created" } });
  });
  await start(world, spec);
}

function joinedName(body: ContainerSpec["body"]): string | null {
  return /^container:(.+)$/.exec(body.HostConfig.NetworkMode)?.[1] ?? null;
}

async function start(world: MemoryWorld, spec: ContainerSpec): Promise<void> {
  await world.call({ verb: "start", what: `container:${spec.name}` }, () => {
    if (world.missingUsers.has(spec.body.User))
      throw refused(`start "${spec.name}": there is no user ${spec.body.User}`);
    const joins = world.named(spec.name)?.joins ?? null;
    if (joins !== null && world.containers.get(joins)?.phase.kind !== "running")
      throw refused(`start "${spec.name}": ${joins} does not run`);
    for (const network of spec.networks) {
      if (network !== "none" && !world.networks.has(network))
        throw refused(`start "${spec.name}": there is no network ${network}`);
    }
    // As under an init: the container comes up, and ends when its program cannot be run.
    const starts = !world.missingPrograms.has(spec.body.Entrypoint?.[0] ?? "");
    const phase: MemoryContainer["phase"] = starts
      ? { kind: "running", ready: true }
      : { kind: "exited", code: 127, outOfMemory: false };
    world.alter(spec.name, () => ({ phase, started: world.tick() }));
  });
}

async function writeRules(
  world: MemoryWorld,
  desired: Extract<ContainerObject, { readonly kind: "policy" }>,
): Promise<void> {
  const { volume, policy } = desired.spec;
  await world.call({ verb: "write", what: `volume:${volume}` }, () => {
    if (!world.volumes.has(volume)) throw refused(`write into "${volume}": there is no such volume`);
    world.rules.set(volume, { digest: desired.digest, policy });
  });
}

// Into the memory of one run of a container: the next run has none.
async function give(
  world: MemoryWorld,
  { spec, digest }: Extract<ContainerObject, { readonly kind: "provisions" }>,
): Promise<void> {
  await world.call({ verb: "give", what: `container:${spec.gateway}` }, () => {
    if (world.named(spec.gateway)?.phase.kind !== "running")
      throw refused(`give to "${spec.gateway}": it does not run`);
    world.alter(spec.gateway, ({ started }) => ({ given: { digest, run: started } }));
  });
}

async function remove(world: MemoryWorld, observed: Observed<ContainerObject>): Promise<void> {
  const { handle, kind, name } = observed;
  switch (kind) {
    case "container":
      await world.call({ verb: "stop", what: `container:${name}` }, () => {
        const found = world.containers.get(handle);
        if (found !== undefined)
          world.containers.set(handle, { ...found, phase: { kind: "exited", code: 143, outOfMemory: false } });
      });
      await world.call({ verb: "remove", what: `container:${name}` }, () => world.containers.delete(handle));
      return;
    case "network":
      await world.call({ verb: "remove", what: `network:${name}` }, () => {
        leave(world, name);
        world.networks.delete(name);
      });
      return;
    case "volume":
      await world.call({ verb: "remove", what: `volume:${name}` }, () => {
        const users = world.usersOfVolume(name).map((each) => each.name);
        if (users.length > 0) throw refused(`remove the volume "${name}": ${users.join(", ")} uses it`);
        world.volumes.delete(name);
        world.rules.delete(name);
      });
      return;
    case "policy":
      // It goes with its volume.
      return;
    case "provisions":
      // They go with the gateway's memory.
      return;
    case "image":
      throw refused(`remove the image "${name}": other projects may use it`);
  }
}

// Ours leave a network that goes; who else is in it keeps it.
function leave(world: MemoryWorld, network: string): void {
  const project = world.networks.get(network)?.labels[LABEL.project];
  const inside = [...world.containers.values()].filter((each) => each.networks.includes(network));
  const others = inside.filter((each: MemoryContainer) => each.labels[LABEL.project] !== project);
  if (others.length > 0)
    throw refused(`remove the network "${network}": ${others.map((each) => each.name).join(", ")} is in it`);
  for (const each of inside)
    world.alter(each.name, () => ({ networks: each.networks.filter((name) => name !== network) }));
}

/** An image without anything of its own. */
export function memoryImage(id: string): ImageFacts {
  return { id, user: "", entrypoint: [], command: ["sleep", "infinity"], workingDir: "", volumes: [], ports: [] };
}
