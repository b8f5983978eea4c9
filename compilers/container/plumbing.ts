import { digestOf } from "../../src/graph/digest.ts";
import type { Digest } from "../../src/graph/digest.ts";
import type { ResourceId } from "../../src/graph/resource.ts";
import { resource } from "../../src/graph/resource.ts";
import type { SourceSpan } from "../../src/diagnostics/source-span.ts";
import type { Context } from "./context.ts";
import { imageId, imageOf, nameOf } from "./context.ts";
import { hardenedHostConfig, PLUMBING_RESOURCES, scratch } from "./hardening.ts";
import { containerId, volumeId } from "./names.ts";
import { compilePolicy } from "./policy.ts";
import type { ContainerBody, ContainerObject, ContainerSpec, MountBody, PolicySpec } from "./resources.ts";

/** Uid and gid of coop's own processes; no image or host has a user of this number by habit (distroless' "nonroot"). */
export const PLUMBING_USER = "65532:65532";

export const GATEWAY: ResourceId = containerId("gateway");
export const SOCKET_VOLUME: ResourceId = volumeId("socket");
export const POLICY_VOLUME: ResourceId = volumeId("policy");
export const POLICY: ResourceId = "policy:rules";
export const NETWORK: ResourceId = "network:gateway";

/** Holds the gateway's admin socket. */
const ADMIN_DIRECTORY = "/run/coop-admin";

const MEBIBYTE = 1024 * 1024;

/** What Node is told. A debugger that a signal opens would show all values. Requests that are under way should not outlive the young generation, or the old one fills with them. */
export const GATEWAY_COMMAND = ["--disable-sigusr1", "--max-semi-space-size=8", "gateway.mjs"] as const;

/** There is one for each sandbox, and it keeps nothing: as small as can be. */
export const FORWARDER_COMMAND = ["--max-semi-space-size=1", "forwarder.mjs"] as const;

/** The gateway, its network, its volumes and the rules that it holds: one set per project. */
export function gatewayObjects(context: Context): readonly ContainerObject[] {
  const { model, inputs } = context;
  const origin = model.origin;
  const volume = (id: ResourceId): ContainerObject =>
    resource({ id, kind: "volume", spec: { name: nameOf(context, id) }, dependsOn: [], origin });
  const network = {
    name: nameOf(context, NETWORK),
    body: {
      Driver: "bridge",
      Internal: false,
      EnableIPv6: false,
      Options: { "com.docker.network.bridge.enable_icc": "true" },
    },
  } as const;
  const body: ContainerBody = plumbingBody(GATEWAY_COMMAND, {
    networkMode: network.name,
    resources: PLUMBING_RESOURCES.gateway,
    mounts: [
      { Type: "volume", Source: nameOf(context, POLICY_VOLUME), Target: "/etc/coop/policy", ReadOnly: true },
      { Type: "volume", Source: nameOf(context, SOCKET_VOLUME), Target: "/run/coop", ReadOnly: false },
    ],
    tmpfs: {
      "/tmp": scratch({ sizeBytes: 64 * MEBIBYTE, mode: "1777" }),
      // Where it is given what no file may hold; nobody else's mount, so nobody else can reach it.
      [ADMIN_DIRECTORY]: scratch({ sizeBytes: MEBIBYTE, mode: "0700", uid: 65532, gid: 65532 }),
    },
    // A packet that a sandbox could never send is not passed on by this namespace either.
    sysctls: { "net.ipv4.ip_forward": "0" },
    // It has the values of credentials in memory.
    ulimits: [{ Name: "core", Soft: 0, Hard: 0 }],
  });
  const gateway: ContainerSpec = {
    name: nameOf(context, GATEWAY),
    role: "gateway",
    image: imageOf(context, inputs.plumbing.tag),
    state: "running",
    restart: "always",
    networks: [network.name],
    kernelPathsMasked: true,
    body,
    prepare: [],
    ready: { kind: "policy-in-force", timeoutMs: 20_000 },
  };
  return [
    resource({ id: NETWORK, kind: "network", spec: network, dependsOn: [], origin }),
    volume(SOCKET_VOLUME),
    volume(POLICY_VOLUME),
    rulesObject(context, gateway.name),
    resource({
      id: GATEWAY,
      kind: "container",
      spec: gateway,
      dependsOn: [NETWORK, SOCKET_VOLUME, POLICY_VOLUME, POLICY, imageId(inputs.plumbing.tag)],
      origin,
    }),
  ];
}

// The digest is of what the file asks for: this machine's addresses are the world's, and another one is drift.
function rulesObject(context: Context, gateway: string): ContainerObject {
  const policy = compilePolicy(context);
  const spec = { volume: nameOf(context, POLICY_VOLUME), gateway, policy };
  const made = resource({
    id: POLICY,
    kind: "policy" as const,
    spec,
    dependsOn: [POLICY_VOLUME, imageId(context.inputs.plumbing.tag)],
    origin: context.model.origin,
  });
  return { ...made, digest: rulesDigest(spec) };
}

/** What the digest of rules is of. */
export function rulesDigest(spec: PolicySpec): Digest {
  return digestOf({ ...spec, policy: { ...spec.policy, hostAddresses: [] } });
}

/** What one forwarder serves to others: ports of its own namespace that the gateway may join to callers. */
export interface ForwarderChoice {
  /** `sandbox.coder.0` or `service.db`: whose namespace it holds. */
  readonly path: string;
  /** As the gateway's rules know it, such as `agent/coder/0`. */
  readonly identity: string;
  readonly serves: readonly number[];
  /** Ports that the host knows by another number, which leads to them inside as well. */
  readonly aliases: readonly { readonly listen: number; readonly port: number }[];
  readonly origin: SourceSpan;
}

export function forwarderId(path: string): ResourceId {
  return containerId(`forwarder.${path}`);
}

/** The process that holds a namespace with only `lo` and carries what happens there to the gateway. */
export function forwarderObjects(context: Context, choice: ForwarderChoice): readonly ContainerObject[] {
  const { inputs } = context;
  const key = volumeId(`key.${choice.path}`);
  const id = forwarderId(choice.path);
  const mounts: readonly MountBody[] = [
    { Type: "volume", Source: nameOf(context, key), Target: "/etc/coop/identity", ReadOnly: true },
    { Type: "volume", Source: nameOf(context, SOCKET_VOLUME), Target: "/run/coop", ReadOnly: true },
  ];
  const spec: ContainerSpec = {
    name: nameOf(context, id),
    role: "forwarder",
    image: imageOf(context, inputs.plumbing.tag),
    state: "running",
    restart: "always",
    networks: ["none"],
    kernelPathsMasked: true,
    body: plumbingBody(FORWARDER_COMMAND, {
      networkMode: "none",
      resources: PLUMBING_RESOURCES.forwarder,
      mounts,
      tmpfs: {},
      // Docker writes public resolvers into a container without a network; the stub is the only one that can answer.
      dns: ["127.0.0.1"],
      sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
    }),
    prepare: [
      {
        kind: "identity",
        volume: nameOf(context, key),
        policyVolume: nameOf(context, POLICY_VOLUME),
        identity: choice.identity,
        config: {
          kind: "sandbox",
          serves: choice.serves.toSorted((a, b) => a - b),
          ...(choice.aliases.length === 0 ? {} : { aliases: choice.aliases }),
        },
      },
    ],
    ready: { kind: "announced", timeoutMs: 20_000 },
  };
  return [
    resource({ id: key, kind: "volume", spec: { name: nameOf(context, key) }, dependsOn: [], origin: choice.origin }),
    resource({
      id,
      kind: "container",
      spec,
      dependsOn: [key, SOCKET_VOLUME, POLICY, imageId(inputs.plumbing.tag)],
      origin: choice.origin,
    }),
  ];
}

export function plumbingBody(
  command: readonly string[],
  choices: Parameters<typeof hardenedHostConfig>[0],
): ContainerBody {
  return {
    User: PLUMBING_USER,
    WorkingDir: "/opt/coop",
    Entrypoint: ["/usr/local/bin/node", ...command],
    Cmd: [],
    Env: [],
    Healthcheck: { Test: ["NONE"], Interval: 0, Timeout: 0, Retries: 0, StartPeriod: 0 },
    StopTimeout: 1,
    HostConfig: hardenedHostConfig(choices),
  };
}
