import type Dockerode from "dockerode";
import { acceptedState } from "../../backend/accepted-state.ts";
import { namedSecurityOption } from "./seccomp-option.ts";
import type { Phase } from "../../graph/snapshot.ts";
import type {
  ContainerBody,
  ContainerSpec,
  HostConfigBody,
  MountBody,
} from "../../../compilers/container/resources.ts";

/** What the engine knows besides one container's own report. */
export interface EngineFacts {
  /** Names by container id, to say whose namespace a container joins. */
  readonly names: ReadonlyMap<string, string>;
  /** The configuration of the image that the container runs. */
  readonly image: {
    readonly Env?: readonly string[] | null;
    readonly Volumes?: Readonly<Record<string, unknown>> | null;
  };
  readonly defaultRuntime: string;
}

/** Those parts of a container's spec that can be read back. */
export type LiveContainer = Pick<ContainerSpec, "name" | "image" | "networks" | "body"> & {
  readonly state: string;
  readonly kernelPathsMasked: boolean;
};

/**
 * A container's report in the shape of its spec. `desired` decides only two things: which of the image's own settings
 * coop leaves alone (null in the spec), and which exits its restart policy accepts.
 */
export function liveContainer(
  report: Dockerode.ContainerInspectInfo,
  desired: ContainerSpec | null,
  facts: EngineFacts,
): LiveContainer {
  const { Config: config } = report;
  const body: ContainerBody = {
    User: config.User ?? "",
    WorkingDir: desired?.body.WorkingDir === "" ? "" : (config.WorkingDir ?? ""),
    Entrypoint: desired?.body.Entrypoint === null ? null : list(config.Entrypoint),
    Cmd: desired?.body.Cmd === null ? null : list(config.Cmd),
    Env: ownEnvironment(config.Env ?? [], facts.image.Env ?? [], desired?.body.Env ?? []),
    Healthcheck: desired?.body.Healthcheck === null ? null : healthcheck(config.Healthcheck),
    StopTimeout: number(record(config)["StopTimeout"]),
    HostConfig: hostConfig(report, facts),
  };
  return {
    name: report.Name.replace(/^\//, ""),
    image: report.Image,
    state: acceptedState(phaseOf(report), desired?.restart ?? "always"),
    networks: Object.keys(report.NetworkSettings.Networks ?? {}).toSorted(),
    kernelPathsMasked: kernelPathsMasked(report.HostConfig),
    body,
  };
}

/** What a container is doing. A container without a health check is ready as soon as it runs. */
export function phaseOf(report: Dockerode.ContainerInspectInfo): Phase {
  const { State: state } = report;
  switch (state.Status) {
    case "running":
      return readiness(state.Health?.Status);
    case "paused":
      return { kind: "paused" };
    case "created":
      return { kind: "created" };
    case "exited":
      return { kind: "exited", code: state.ExitCode, outOfMemory: state.OOMKilled };
    default:
      return { kind: "broken", why: state.Status };
  }
}

/** Since when a container is in its phase, ISO 8601. */
export function sinceOf({ State, Created }: Dockerode.ContainerInspectInfo): string {
  if (State.Status === "created") return Created;
  return State.Running ? State.StartedAt : State.FinishedAt;
}

function readiness(health: string | undefined): Phase {
  return health === undefined || health === "none" || health === "healthy"
    ? { kind: "running", ready: true }
    : { kind: "starting" };
}

// What coop set: everything that the image does not bring, and the image's own where coop set the same name.
function ownEnvironment(
  live: readonly string[],
  image: readonly string[],
  desired: readonly string[],
): readonly string[] {
  const fromImage = new Set(image);
  const named = new Set(desired.map((each) => each.split("=", 1)[0]));
  return live.filter((each) => named.has(each.split("=", 1)[0]) || !fromImage.has(each)).toSorted();
}

function healthcheck(live: unknown): ContainerBody["Healthcheck"] {
  const given = record(live);
  return {
    Test: list(given["Test"]),
    Interval: number(given["Interval"]),
    Timeout: number(given["Timeout"]),
    Retries: number(given["Retries"]),
    StartPeriod: number(given["StartPeriod"]),
  };
}

// Docker's type declarations lack some of its fields, so the report is read as the JSON that it is.
function hostConfig(report: Dockerode.ContainerInspectInfo, facts: EngineFacts): HostConfigBody {
  const live = record(report.HostConfig);
  const text = (key: string): string => (typeof live[key] === "string" ? live[key] : "");
  const body: Record<keyof HostConfigBody, unknown> = {
    NetworkMode: networkMode(text("NetworkMode"), facts.names),
    CapDrop: list(live["CapDrop"]),
    CapAdd: list(live["CapAdd"]).toSorted(),
    SecurityOpt: list(live["SecurityOpt"]).map(namedSecurityOption),
    Privileged: live["Privileged"] === true,
    ReadonlyRootfs: live["ReadonlyRootfs"] === true,
    Init: live["Init"] === true,
    PidsLimit: number(live["PidsLimit"]),
    Memory: number(live["Memory"]),
    MemorySwap: number(live["MemorySwap"]),
    NanoCpus: number(live["NanoCpus"]),
    RestartPolicy: { Name: text("RestartPolicy") || record(live["RestartPolicy"])["Name"] || "no" },
    Tmpfs: record(live["Tmpfs"]),
    Mounts: mounts(report, facts),
    Dns: list(live["Dns"]),
    Sysctls: record(live["Sysctls"]),
    Ulimits: array(live["Ulimits"]).map((each) => record(each)),
    PortBindings: record(live["PortBindings"]),
    PidMode: text("PidMode"),
    IpcMode: text("IpcMode"),
    UTSMode: text("UTSMode"),
    CgroupnsMode: text("CgroupnsMode"),
    UsernsMode: text("UsernsMode"),
    CgroupParent: text("CgroupParent"),
    GroupAdd: list(live["GroupAdd"]),
    ExtraHosts: list(live["ExtraHosts"]),
    VolumesFrom: list(live["VolumesFrom"]),
    Devices: array(live["Devices"]),
    LogConfig: live["LogConfig"],
    Runtime: text("Runtime") === facts.defaultRuntime ? "" : text("Runtime"),
  };
  // The keys are the body's own; a value of another shape than it should have is drift, which the comparison finds.
  return { ...body, ...powers(live) } as unknown as HostConfigBody;
}

// What coop leaves at nothing and what gives a container more than it should have. Named only where it is something.
const POWERS = ["DeviceCgroupRules", "DeviceRequests", "Links"];

function powers(live: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(POWERS.flatMap((key) => (array(live[key]).length > 0 ? [[key, live[key]]] : [])));
}

function networkMode(live: string, names: ReadonlyMap<string, string>): string {
  if (!live.startsWith("container:")) return live;
  const joined = live.slice("container:".length);
  return `container:${names.get(joined) ?? joined}`;
}

// The mounts that are really there, not those that were asked for. A nameless volume at a place that the image declares is the image's own.
function mounts(report: Dockerode.ContainerInspectInfo, facts: EngineFacts): readonly MountBody[] {
  const declared = Object.keys(facts.image.Volumes ?? {});
  return array(report.Mounts)
    .map((each) => record(each))
    .filter(
      (each) =>
        !(
          each["Type"] === "volume" &&
          /^[0-9a-f]{64}$/.test(String(each["Name"])) &&
          declared.includes(String(each["Destination"]))
        ),
    )
    .map((each): MountBody => {
      const readOnly = each["RW"] !== true;
      const target = String(each["Destination"]);
      return each["Type"] === "volume"
        ? { Type: "volume", Source: String(each["Name"]), Target: target, ReadOnly: readOnly }
        : { Type: "bind", Source: String(each["Source"]), Target: target, ReadOnly: readOnly };
    })
    .toSorted((a, b) => (a.Target < b.Target ? -1 : 1));
}

// Of every engine's default lists; newer engines hide more.
const HIDDEN = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"];
const LOCKED = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

function kernelPathsMasked(live: unknown): boolean {
  const hidden = list(record(live)["MaskedPaths"]);
  const locked = list(record(live)["ReadonlyPaths"]);
  return HIDDEN.every((path) => hidden.includes(path)) && LOCKED.every((path) => locked.includes(path));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function list(value: unknown): readonly string[] {
  return typeof value === "string" ? [value] : array(value).map(String);
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
