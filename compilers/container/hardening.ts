import type { Loosening, Resources } from "../../src/model/model.ts";
import type { HostConfigBody, MountBody } from "./resources.ts";
import { SECCOMP_OPTION } from "./seccomp-profile.ts";

/** What differs from one hardened container to the next; all else is the same for every one. */
export interface HostChoices {
  readonly networkMode: string;
  readonly resources: Pick<Resources, "cpus" | "memoryBytes" | "pids">;
  readonly mounts: readonly MountBody[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly unsafe?: readonly Loosening[];
  readonly dns?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  /** Lower than any that an engine has. */
  readonly ulimits?: HostConfigBody["Ulimits"];
  readonly portBindings?: HostConfigBody["PortBindings"];
  readonly runtime?: string;
}

/** design.md §5.2: hardened by default; only a typed key of `unsafe:` takes anything away. */
export function hardenedHostConfig(choices: HostChoices): HostConfigBody {
  const unsafe = choices.unsafe ?? [];
  const has = (key: Loosening["key"]): boolean => unsafe.some((each) => each.key === key);
  const { cpus, memoryBytes, pids } = choices.resources;
  return {
    NetworkMode: choices.networkMode,
    CapDrop: ["ALL"],
    CapAdd: unsafe.flatMap((each) => (each.key === "capabilities" ? each.values : [])).toSorted(),
    SecurityOpt: [
      ...(has("privilegeGain") ? [] : ["no-new-privileges"]),
      has("seccompUnconfined") ? "seccomp=unconfined" : SECCOMP_OPTION,
    ],
    Privileged: false,
    ReadonlyRootfs: !has("writableRoot"),
    Init: true,
    PidsLimit: pids,
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    NanoCpus: Math.round(cpus * 1e9),
    RestartPolicy: { Name: "no" },
    Tmpfs: choices.tmpfs,
    Mounts: choices.mounts.toSorted((a, b) => (a.Target < b.Target ? -1 : 1)),
    Dns: choices.dns ?? [],
    Sysctls: choices.sysctls ?? {},
    // None that raises: engines under a hard limit of their own refuse it, and inherit theirs otherwise.
    Ulimits: choices.ulimits ?? [],
    PortBindings: choices.portBindings ?? {},
    PidMode: "",
    IpcMode: "private",
    UTSMode: "",
    // Older engines give the host's own on cgroup v1.
    CgroupnsMode: "private",
    UsernsMode: "",
    CgroupParent: "",
    GroupAdd: [],
    ExtraHosts: [],
    VolumesFrom: [],
    Devices: [],
    LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
    Runtime: choices.runtime ?? "",
  };
}

/** Scratch space that counts against the sandbox's memory and is gone with it. */
export function scratch(options: {
  readonly sizeBytes: number;
  readonly mode: string;
  readonly uid?: number;
  readonly gid?: number;
}): string {
  const owner = options.uid === undefined ? "" : `,uid=${options.uid},gid=${options.gid ?? options.uid}`;
  return `rw,nosuid,nodev,exec,size=${options.sizeBytes},mode=${options.mode}${owner}`;
}

/** Limits of coop's own containers; the forwarder carries bytes, the gateway parses. */
export const PLUMBING_RESOURCES = {
  forwarder: { cpus: 1, memoryBytes: 256 * 1024 * 1024, pids: 64 },
  gateway: { cpus: 2, memoryBytes: 1024 * 1024 * 1024, pids: 128 },
} as const;
