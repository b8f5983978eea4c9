import type { BuildInput } from "../../src/model/inputs.ts";
import type { HostPattern } from "../../src/model/model.ts";
import type { Policy } from "../../src/gateway/policy.ts";
import type { Resource } from "../../src/graph/resource.ts";
import type { Preparation } from "./preparation.ts";

/** The objects of the container engines (Docker, Podman). Bodies are the engine API's own, so nobody is locked in. */
export type ContainerObject =
  | Resource<"image", ImageSpec>
  | Resource<"network", NetworkSpec>
  | Resource<"volume", VolumeSpec>
  | Resource<"policy", PolicySpec>
  | Resource<"provisions", ProvisionsSpec>
  | Resource<"container", ContainerSpec>;

export type ContainerObjectKind = ContainerObject["kind"];

export interface ImageSpec {
  readonly tag: string;
  readonly build: BuildInput | null;
}

export interface NetworkSpec {
  readonly name: string;
  readonly body: {
    readonly Driver: "bridge";
    readonly Internal: boolean;
    readonly EnableIPv6: false;
    readonly Options: Readonly<Record<string, string>>;
  };
}

export interface VolumeSpec {
  readonly name: string;
  /** Of a volume whose contents follow from the file: what they follow from, so that other contents are another volume. */
  readonly contents?: string;
}

/** The rules in force: a file in the policy volume, which outlives the gateway. */
export interface PolicySpec {
  readonly volume: string;
  readonly gateway: string;
  readonly policy: Policy;
}

/**
 * What the running gateway holds in memory alone. Its resource's digest goes with what is given and comes back in the
 * gateway's own report; a gateway that was restarted reports none.
 */
export interface ProvisionsSpec {
  readonly gateway: string;
  /** What the intermediate may vouch for, sorted. */
  readonly hosts: readonly HostPattern[];
  /** Fingerprint of the project's root. */
  readonly root: string;
  /** The number of the renewal period that the intermediate is of. */
  readonly period: number;
  /** Version digests of the credentials' values, by name; never values. */
  readonly credentials: Readonly<Record<string, string>>;
}

export type Role = "gateway" | "forwarder" | "sandbox" | "service" | "publisher" | "host-relay";

export interface ContainerSpec {
  readonly name: string;
  readonly role: Role;
  /** The engine's image id, or the reference itself while the image is not there yet. */
  readonly image: string;
  /** Which phase it should be in; an exit that the restart policy accepts counts as `running`. */
  readonly state: "running";
  readonly restart: "always" | "on-failure" | "never";
  /** Names of the networks that it is in, sorted; a container that joins another's namespace is in none of its own. */
  readonly networks: readonly string[];
  /** Whether the engine hides or locks the dangerous parts of /proc and /sys, as it does unless told otherwise. */
  readonly kernelPathsMasked: true;
  readonly body: ContainerBody;
  /** Contents that must be in its volumes before it starts, in order. Done again on every start; all idempotent. */
  readonly prepare: readonly Preparation[];
  /** Of what works on the live tree: somebody on the host watches what must stay hidden, and freezes it in time. */
  readonly guard?: "watched";
  readonly ready: Readiness;
}

/** When a started container counts as there. */
export type Readiness =
  | { readonly kind: "started" }
  /** It has written a line `ready` to its output. */
  | { readonly kind: "announced"; readonly timeoutMs: number }
  /** The gateway has the policy with the project's newest digest in force. */
  | { readonly kind: "policy-in-force"; readonly timeoutMs: number }
  /** Its health check passes; `wait: false` leaves that to the agents that use it. */
  | {
      readonly kind: "healthy";
      readonly wait: boolean;
      readonly timeoutMs: number;
      readonly provision: readonly string[];
    };

/** The part of Docker's container-create body that coop sets, in Docker's own words; names, image and labels apart. */
export interface ContainerBody {
  readonly User: string;
  readonly WorkingDir: string;
  /** Null = the image's own. */
  readonly Entrypoint: readonly string[] | null;
  readonly Cmd: readonly string[] | null;
  /** `NAME=value`, sorted; what the image adds is not repeated here. */
  readonly Env: readonly string[];
  /** Null = the image's own; `Test: ["NONE"]` = none. Times in nanoseconds, as the API has them. */
  readonly Healthcheck: HealthcheckBody | null;
  readonly StopTimeout: number;
  readonly HostConfig: HostConfigBody;
}

export interface HealthcheckBody {
  readonly Test: readonly string[];
  readonly Interval: number;
  readonly Timeout: number;
  readonly Retries: number;
  readonly StartPeriod: number;
}

export interface HostConfigBody {
  readonly NetworkMode: string;
  readonly CapDrop: readonly string[];
  readonly CapAdd: readonly string[];
  readonly SecurityOpt: readonly string[];
  readonly Privileged: false;
  readonly ReadonlyRootfs: boolean;
  readonly Init: boolean;
  readonly PidsLimit: number;
  readonly Memory: number;
  /** Equal to Memory: no swap on top. */
  readonly MemorySwap: number;
  readonly NanoCpus: number;
  readonly RestartPolicy: { readonly Name: "no" };
  readonly Tmpfs: Readonly<Record<string, string>>;
  readonly Mounts: readonly MountBody[];
  readonly Dns: readonly string[];
  readonly Sysctls: Readonly<Record<string, string>>;
  readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly PortBindings: Readonly<
    Record<string, readonly { readonly HostIp: "127.0.0.1"; readonly HostPort: string }[]>
  >;
  readonly PidMode: "";
  readonly IpcMode: "private";
  readonly UTSMode: "";
  readonly CgroupnsMode: "private";
  readonly UsernsMode: "";
  readonly CgroupParent: "";
  readonly GroupAdd: readonly string[];
  readonly ExtraHosts: readonly string[];
  readonly VolumesFrom: readonly string[];
  readonly Devices: readonly [];
  readonly LogConfig: {
    readonly Type: "json-file";
    readonly Config: { readonly "max-size": string; readonly "max-file": string };
  };
  /** Empty = the engine's default runtime. */
  readonly Runtime: string;
}

export type MountBody =
  | { readonly Type: "volume"; readonly Source: string; readonly Target: string; readonly ReadOnly: boolean }
  | { readonly Type: "bind"; readonly Source: string; readonly Target: string; readonly ReadOnly: boolean };
