import { INLINE_SECCOMP } from "../seccomp-option.ts";
import { HOME_ANNOTATION, SECCOMP_ANNOTATION, SYSCTLS_ANNOTATION } from "./create-words.ts";
import { fieldsOf, listIn, textIn, textsIn } from "./json.ts";
import type { Fields } from "./json.ts";
import { limitsInForce } from "./live-limits.ts";
import type { LiveLimits } from "./live-limits.ts";
import type { OwnFiles } from "./own-files.ts";
import type { RuntimeConfig } from "./runtime-config.ts";
import { isOwnFilter } from "./same-filter.ts";

/** All that is known of one container. */
export interface PodmanReport {
  /** The answer to Docker's call. */
  readonly compat: Fields;
  /** The answer to Podman's own call. */
  readonly native: Fields;
  readonly runtime: RuntimeConfig | null;
  readonly limits: LiveLimits;
  /** The names of the OCI runtimes that are the engine's default. */
  readonly defaultRuntime: string;
}

/** A report in Docker's words, as the rest reads them: where Podman's answer to Docker's call is silent or guesses, from elsewhere. Pure. */
export function dockerReport(report: PodmanReport, files: OwnFiles): Fields {
  const { compat, native } = report;
  const mode = textIn(fieldsOf(compat["HostConfig"])["NetworkMode"]);
  const settings = fieldsOf(compat["NetworkSettings"]);
  return {
    ...compat,
    State: state(fieldsOf(compat["State"])),
    Config: { ...fieldsOf(compat["Config"]), ...config(report) },
    HostConfig: { ...fieldsOf(compat["HostConfig"]), ...host(report, files) },
    Mounts: listIn(native["Mounts"]).filter((each) => !isOurNames(fieldsOf(each), files)),
    NetworkSettings: { ...settings, Networks: networks(mode, fieldsOf(settings["Networks"])) },
  };
}

// Podman's own states between those that Docker knows.
const STATES: Readonly<Record<string, string>> = {
  configured: "created",
  initialized: "created",
  stopping: "running",
  stopped: "exited",
};

function state({ Health, ...given }: Fields): Fields {
  const status = textIn(given["Status"]);
  const checked = textIn(fieldsOf(Health)["Status"]) === "" ? {} : { Health };
  return { ...given, ...checked, Status: STATES[status] ?? status };
}

// Of Podman's own making in every container; what coop or an image sets under the same name is another value.
function config({ compat, native }: PodmanReport): Fields {
  const { Env, Healthcheck, Hostname } = fieldsOf(compat["Config"]);
  const added = new Set(["TERM=xterm", "container=podman", `HOSTNAME=${textIn(Hostname)}`]);
  const homeless = fieldsOf(fieldsOf(native["Config"])["Annotations"])[HOME_ANNOTATION] === undefined;
  const test = textsIn(fieldsOf(Healthcheck)["Test"]);
  return {
    Env: textsIn(Env).filter((each) => !added.has(each) && !(homeless && each.startsWith("HOME="))),
    Healthcheck: test.length === 0 ? undefined : { ...fieldsOf(Healthcheck), Test: test },
    Cmd: listIn(fieldsOf(compat["Config"])["Cmd"]),
    Labels: fieldsOf(fieldsOf(native["Config"])["Labels"]),
  };
}

function host(report: PodmanReport, files: OwnFiles): Fields {
  const { compat, native, runtime, limits } = report;
  const given = fieldsOf(native["HostConfig"]);
  const annotations = fieldsOf(fieldsOf(native["Config"])["Annotations"]);
  const asksStub = listIn(native["Mounts"]).some(
    (each) => fieldsOf(each)["Source"] === files.resolvers && isOurNames(fieldsOf(each), files),
  );
  const mode = textIn(given["NetworkMode"]);
  return {
    ...limitsInForce(given, limits),
    ...capabilities(textsIn(native["BoundingCaps"])),
    SecurityOpt: securityOptions(report, files),
    Mounts: mounts(report, files),
    Binds: [],
    NetworkMode: networkMode(mode, fieldsOf(fieldsOf(compat["NetworkSettings"])["Networks"])),
    Tmpfs: scratch(fieldsOf(given["Tmpfs"]), runtime),
    Dns: resolvers(mode, asksStub, textsIn(given["Dns"])),
    Sysctls: runtime === null ? asked(annotations[SYSCTLS_ANNOTATION]) : kernelSettings(runtime.sysctls),
    Ulimits: processLimits(listIn(given["Ulimits"])),
    PidMode: own(textIn(given["PidMode"])),
    UTSMode: own(textIn(given["UTSMode"])),
    IpcMode: ownNamespace(runtime, "ipc", textIn(given["IpcMode"])),
    CgroupnsMode: textIn(given["CgroupMode"]),
    Runtime: textIn(native["OCIRuntime"]) === report.defaultRuntime ? "" : textIn(native["OCIRuntime"]),
    LogConfig: log(fieldsOf(given["LogConfig"])),
    MaskedPaths: runtime?.maskedPaths ?? MASKED_AT_START,
    ReadonlyPaths: runtime?.readonlyPaths ?? LOCKED_AT_START,
  };
}

// What does not run yet is masked when it starts, and looked at again then.
const MASKED_AT_START = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"];
const LOCKED_AT_START = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

// What Podman and Docker give when nobody drops anything.
const DEFAULTS =
  "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(" ");

// Said by what the container can have at most, which is the whole truth: all was dropped, and this was added.
function capabilities(bounding: readonly string[]): Fields {
  const held = bounding.map((each) => each.replace(/^CAP_/, ""));
  return DEFAULTS.every((each) => held.includes(each))
    ? { CapDrop: [], CapAdd: held.filter((each) => !DEFAULTS.includes(each)) }
    : { CapDrop: ["ALL"], CapAdd: held };
}

// What has a namespace for itself, or joins one, asks the stub in it and nobody else.
function resolvers(mode: string, asksStub: boolean, given: readonly string[]): readonly string[] {
  if (mode !== "none" && !mode.startsWith("container:")) return given;
  if (!asksStub) return ["the image's own"];
  return mode === "none" ? ["127.0.0.1"] : [];
}

// The settings of a distribution's Podman let root in the container ping.
function kernelSettings(given: Fields): Fields {
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => name !== "net.ipv4.ping_group_range" || value !== "0 0"),
  );
}

function asked(annotation: unknown): Fields {
  try {
    return fieldsOf(JSON.parse(textIn(annotation) || "{}"));
  } catch {
    return {};
  }
}

function securityOptions({ native, runtime }: PodmanReport, files: OwnFiles): readonly string[] {
  const options = textsIn(fieldsOf(native["HostConfig"])["SecurityOpt"]).filter((each) => !each.startsWith("seccomp="));
  return [...options, filterOption(native, runtime, files)];
}

function filterOption(native: Fields, runtime: RuntimeConfig | null, files: OwnFiles): string {
  const claimed = textIn(fieldsOf(fieldsOf(native["Config"])["Annotations"])[SECCOMP_ANNOTATION]);
  if (runtime === null)
    return claimed === files.seccomp ? INLINE_SECCOMP : `seccomp=${claimed === "" ? "default" : claimed}`;
  if (runtime.seccomp === null) return "seccomp=unconfined";
  return isOwnFilter(runtime.seccomp, runtime.bounding) ? INLINE_SECCOMP : "seccomp=another";
}

function own(mode: string): string {
  return mode === "private" ? "" : mode;
}

// Podman calls its own namespace and the host's by one word.
function ownNamespace(runtime: RuntimeConfig | null, kind: string, told: string): string {
  if (told !== "shareable") return told;
  if (runtime === null) return "private";
  return runtime.namespaces.includes(kind) ? "private" : "host";
}

function networkMode(mode: string, joined: Fields): string {
  if (mode !== "bridge") return mode;
  const names = Object.keys(joined).toSorted();
  return names.find((each) => each.startsWith("coop.")) ?? names[0] ?? mode;
}

function networks(mode: string, joined: Fields): Fields {
  return Object.keys(joined).length === 0 && (mode === "none" || mode === "host") ? { [mode]: {} } : joined;
}

// As it was asked for: without what Podman adds to every one. What lies behind a link Podman does not find again in its own
// report; of those there is one in use, /var/run.
function scratch(given: Fields, runtime: RuntimeConfig | null): Fields {
  const lost = Object.entries(runtime?.scratch ?? {}).filter(([path]) => given[path] === undefined);
  const found = lost.map(([path, options]) => [path.startsWith("/run/") ? `/var${path}` : path, options]);
  return Object.fromEntries(
    [...Object.entries(given), ...found].map(([path, options]) => [path, textIn(options).replace(/,rprivate$/, "")]),
  );
}

function log(given: Fields): Fields {
  const bounded = textIn(given["Size"]) === "10.49MB";
  const Type = textIn(given["Type"]) === "k8s-file" ? "json-file" : textIn(given["Type"]);
  return { Type, Config: bounded ? { "max-size": "10m", "max-file": "3" } : {} };
}

function isOurNames(mount: Fields, files: OwnFiles): boolean {
  if (mount["Type"] !== "bind" || mount["RW"] === true) return false;
  return (
    (mount["Destination"] === "/etc/hosts" && mount["Source"] === files.hosts) ||
    (mount["Destination"] === "/etc/resolv.conf" && mount["Source"] === files.resolvers)
  );
}

// As they would be asked for.
function mounts({ native }: PodmanReport, files: OwnFiles): readonly Fields[] {
  return listIn(native["Mounts"])
    .map((each) => fieldsOf(each))
    .filter((each) => !isOurNames(each, files))
    .map(({ Type, Name, Source, Destination, RW }) => ({
      Type,
      Source: Type === "volume" ? Name : Source,
      Target: Destination,
      ReadOnly: RW !== true,
    }));
}

// Two of them Podman sets by itself, to what the machine allows.
function processLimits(given: readonly unknown[]): readonly Fields[] {
  return given
    .map((each) => fieldsOf(each))
    .map(({ Name, Soft, Hard }) => ({ Name: textIn(Name).replace("RLIMIT_", "").toLowerCase(), Soft, Hard }))
    .filter(({ Name }) => Name !== "nofile" && Name !== "nproc");
}
