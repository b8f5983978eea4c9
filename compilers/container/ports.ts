import type { ResourceId } from "../../src/graph/resource.ts";
import { resource } from "../../src/graph/resource.ts";
import type { Context } from "./context.ts";
import { imageId, imageOf, nameOf } from "./context.ts";
import { PLUMBING_RESOURCES } from "./hardening.ts";
import { identityOf, instancePath, instancesOf } from "./instances.ts";
import type { Instance } from "./instances.ts";
import { containerId, volumeId } from "./names.ts";
import { FORWARDER_COMMAND, GATEWAY, NETWORK, plumbingBody, POLICY, POLICY_VOLUME, SOCKET_VOLUME } from "./plumbing.ts";
import { HOST_RELAY } from "./policy.ts";
import type { ContainerObject, ContainerSpec, MountBody } from "./resources.ts";

/** The host's port for a sandbox's port: allocated once and kept, the same number where that is free. */
export function hostPortOf(context: Context, instance: Instance, port: number): number {
  return context.inputs.publishedPorts[`${instancePath(instance)}:${port}`] ?? port;
}

/** Ports of a sandbox that the host knows by another number: that one leads to them inside as well. */
export function portAliases(
  context: Context,
  instance: Instance,
): readonly { readonly listen: number; readonly port: number }[] {
  const own = new Set(instance.agent.ports.map(({ port }) => port));
  return instance.agent.ports
    .map(({ port }) => ({ listen: hostPortOf(context, instance, port), port }))
    .filter(({ listen }) => !own.has(listen))
    .toSorted((a, b) => a.port - b.port);
}

/** One published port: where it is on the host's loopback, and what it leads to. */
export interface PortMapping {
  /** As people call it: `coder`, `nightly.3`. */
  readonly sandbox: string;
  readonly port: number;
  readonly hostPort: number;
}

/** All published ports of a project, by sandbox and number. */
export function portMappings(context: Context): readonly PortMapping[] {
  return instancesOf(context).flatMap((instance) =>
    instance.agent.ports
      .map(({ port }) => ({
        sandbox: instancePath(instance).replace(/\.0$/, ""),
        port,
        hostPort: hostPortOf(context, instance, port),
      }))
      .toSorted((a, b) => a.port - b.port),
  );
}

/** The container that holds a sandbox's ports on the host's loopback and carries them to the sandbox by the gateway. */
export function publisherObjects(context: Context, instance: Instance): readonly ContainerObject[] {
  const { agent } = instance;
  if (agent.ports.length === 0) return [];
  const path = `sandbox.${instancePath(instance)}`;
  const identity = identityOf(instance);
  const publishes = agent.ports.map(({ port }) => ({ listen: port, identity, port }));
  const bindings = agent.ports.map(
    ({ port }) =>
      [`${port}/tcp`, [{ HostIp: "127.0.0.1", HostPort: String(hostPortOf(context, instance, port)) }]] as const,
  );
  return forwarding(context, {
    id: containerId(`publisher.${path}`),
    key: volumeId(`key.publisher.${path}`),
    role: "publisher",
    identity: identity.replace(/^agent/, "publisher"),
    config: { kind: "publisher", publishes },
    network: nameOf(context, NETWORK),
    bindings: Object.fromEntries(bindings),
    dependsOn: [NETWORK],
    origin: agent.ports[0]?.origin ?? agent.origin,
  });
}

/** The container in the host's network namespace that offers exactly the host ports that agents list, and no other. */
export function hostRelayObjects(context: Context): readonly ContainerObject[] {
  const listed = context.model.agents.flatMap((agent) => agent.hostPorts);
  const [first] = listed;
  if (first === undefined) return [];
  return forwarding(context, {
    id: containerId(HOST_RELAY),
    key: volumeId(`key.${HOST_RELAY}`),
    role: "host-relay",
    identity: HOST_RELAY,
    config: { kind: "relay", serves: [...new Set(listed.map((each) => each.port))].toSorted((a, b) => a - b) },
    network: "host",
    bindings: {},
    dependsOn: [],
    origin: first.origin,
  });
}

interface Forwarding {
  readonly id: ResourceId;
  readonly key: ResourceId;
  readonly role: "publisher" | "host-relay";
  readonly identity: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly network: string;
  readonly bindings: ContainerSpec["body"]["HostConfig"]["PortBindings"];
  readonly dependsOn: readonly ResourceId[];
  readonly origin: ContainerObject["origin"];
}

function forwarding(context: Context, choice: Forwarding): readonly ContainerObject[] {
  const { plumbing } = context.inputs;
  const mounts: readonly MountBody[] = [
    { Type: "volume", Source: nameOf(context, choice.key), Target: "/etc/coop/identity", ReadOnly: true },
    { Type: "volume", Source: nameOf(context, SOCKET_VOLUME), Target: "/run/coop", ReadOnly: true },
  ];
  const spec: ContainerSpec = {
    name: nameOf(context, choice.id),
    role: choice.role,
    image: imageOf(context, plumbing.tag),
    state: "running",
    restart: "always",
    networks: [choice.network],
    kernelPathsMasked: true,
    body: plumbingBody(FORWARDER_COMMAND, {
      networkMode: choice.network,
      resources: PLUMBING_RESOURCES.forwarder,
      mounts,
      tmpfs: {},
      portBindings: choice.bindings,
    }),
    prepare: [
      {
        kind: "identity",
        volume: nameOf(context, choice.key),
        policyVolume: nameOf(context, POLICY_VOLUME),
        identity: choice.identity,
        config: choice.config,
      },
    ],
    ready: { kind: "announced", timeoutMs: 20_000 },
  };
  const { id, key, origin } = choice;
  return [
    resource({ id: key, kind: "volume", spec: { name: nameOf(context, key) }, dependsOn: [], origin }),
    resource({
      id,
      kind: "container",
      spec,
      dependsOn: [key, SOCKET_VOLUME, POLICY, GATEWAY, imageId(plumbing.tag), ...choice.dependsOn],
      origin,
    }),
  ];
}
