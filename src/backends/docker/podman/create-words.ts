import { SECCOMP_OPTION } from "../../../../compilers/container/seccomp-profile.ts";
import { INLINE_SECCOMP } from "../seccomp-option.ts";
import { fieldsOf, listIn, numberIn, textIn, textsIn } from "./json.ts";
import type { Fields } from "./json.ts";
import type { OwnFiles } from "./own-files.ts";
import type { MachineFacts } from "./service-settings.ts";

/** The annotation by which Podman tells in its reports which profile of system calls a container was made with. */
export const SECCOMP_ANNOTATION = "io.podman.annotations.seccomp";

/** The kernel's settings that were asked for, which no report of Podman's has. */
export const SYSCTLS_ANNOTATION = "coop.dev/sysctls";

/** Says that a home was asked for; where none was, Podman puts the user's own into the environment, as Docker's runtime does unseen. */
export const HOME_ANNOTATION = "coop.dev/home";

const CPU_PERIOD = 100_000;

/** What of this machine goes into a create call. */
export interface CreateMachine {
  readonly files: OwnFiles;
  /** Hard limits that cannot be raised here, and would be without a word. */
  readonly fixedLimits: MachineFacts["fixedLimits"];
}

/**
 * Docker's body of a create call as Podman's own. Podman takes Docker's body as well, but reads some of it as nothing (the
 * namespace of the control groups, users of scratch space) and adds to it (writable folders in a read-only container).
 * `image` is the image's id. Pure.
 */
export function podmanCreateBody(body: Fields, name: string | null, image: string, machine: CreateMachine): Fields {
  const { files, fixedLimits: fixed } = machine;
  const host = fieldsOf(body["HostConfig"]);
  const networkMode = textIn(host["NetworkMode"]);
  const mounts = mountsOf(host);
  const filter = filterPath(textsIn(host["SecurityOpt"]), files);
  return {
    ...(name === null ? {} : { name }),
    image,
    user: textIn(body["User"]),
    ...optional("entrypoint", body["Entrypoint"]),
    ...optional("command", body["Cmd"]),
    ...(textIn(body["WorkingDir"]) === "" ? {} : { work_dir: body["WorkingDir"] }),
    create_working_dir: true,
    env: environment(textsIn(body["Env"])),
    labels: fieldsOf(body["Labels"]),
    ...optional("stop_timeout", body["StopTimeout"]),
    ...optional("healthconfig", body["Healthcheck"]),
    // What looks like an init system would be given mounts of its own.
    systemd: "false",
    // A user whom the image does not know stays unknown, as on Docker.
    manage_password: false,
    restart_policy: textIn(fieldsOf(host["RestartPolicy"])["Name"]) || "no",
    init: host["Init"] === true,
    privileged: host["Privileged"] === true,
    read_only_filesystem: host["ReadonlyRootfs"] === true,
    cap_drop: textsIn(host["CapDrop"]),
    cap_add: textsIn(host["CapAdd"]),
    no_new_privileges: textsIn(host["SecurityOpt"]).includes("no-new-privileges"),
    ...(filter === "" ? {} : { seccomp_profile_path: filter }),
    annotations: {
      [SECCOMP_ANNOTATION]: filter,
      ...(textsIn(body["Env"]).some((each) => each.startsWith("HOME=")) ? { [HOME_ANNOTATION]: "given" } : {}),
      [SYSCTLS_ANNOTATION]: JSON.stringify(fieldsOf(host["Sysctls"])),
    },
    resource_limits: limits(host),
    r_limits: processLimits(host, fixed),
    pidns: namespaceOf(host["PidMode"]),
    ipcns: namespaceOf(host["IpcMode"]),
    utsns: namespaceOf(host["UTSMode"]),
    cgroupns: namespaceOf(host["CgroupnsMode"]),
    ...network(networkMode, fieldsOf(fieldsOf(body["NetworkingConfig"])["EndpointsConfig"])),
    portmappings: ports(fieldsOf(host["PortBindings"])),
    sysctl: fieldsOf(host["Sysctls"]),
    image_volume_mode: "anonymous",
    mounts: [...scratch(host, textIn(body["User"])), ...binds(mounts), ...names(networkMode, files)],
    volumes: volumes(mounts),
    log_configuration: log(fieldsOf(host["LogConfig"])),
    ...(textIn(host["Runtime"]) === "" ? {} : { oci_runtime: host["Runtime"] }),
  };
}

function namespaceOf(mode: unknown): Fields {
  return { nsmode: textIn(mode) || "private" };
}

function optional(key: string, value: unknown): Fields {
  return value === undefined || value === null ? {} : { [key]: value };
}

function environment(entries: readonly string[]): Fields {
  return Object.fromEntries(
    entries.map((each) => {
      const at = each.indexOf("=");
      return [each.slice(0, at), each.slice(at + 1)];
    }),
  );
}

// Nothing = Podman's own.
function filterPath(options: readonly string[], files: OwnFiles): string {
  if (options.includes("seccomp=unconfined")) return "unconfined";
  return options.some((each) => each === INLINE_SECCOMP || each === SECCOMP_OPTION) ? files.seccomp : "";
}

/** Limits of Docker's words as the runtime has them; those that are not named are left out. */
export function limits(host: Fields): Fields {
  const memory = numberIn(host["Memory"]);
  const swap = numberIn(host["MemorySwap"]);
  const processors = numberIn(host["NanoCpus"]);
  const pids = numberIn(host["PidsLimit"]);
  return {
    ...(memory === 0 ? {} : { memory: { limit: memory, ...(swap === 0 ? {} : { swap }) } }),
    ...(processors === 0 ? {} : { cpu: { period: CPU_PERIOD, quota: Math.round((processors / 1e9) * CPU_PERIOD) } }),
    ...(pids === 0 ? {} : { pids: { limit: pids } }),
  };
}

function processLimits(host: Fields, fixed: CreateMachine["fixedLimits"]): readonly Fields[] {
  const own = listIn(host["Ulimits"])
    .map((each) => fieldsOf(each))
    .map(({ Name, Soft, Hard }) => ({ type: Name, soft: Soft, hard: Hard }));
  const both = (type: string, limit: number): Fields => ({ type, soft: limit, hard: limit });
  return fixed === null ? own : [...own, both("nofile", fixed.openFiles), both("nproc", fixed.processes)];
}

function network(mode: string, endpoints: Fields): Fields {
  if (mode === "none" || mode === "host") return { netns: { nsmode: mode } };
  const joined = /^container:(.+)$/.exec(mode)?.[1];
  if (joined !== undefined) return { netns: { nsmode: "container", value: joined } };
  const named = Object.keys(endpoints);
  const networks = named.length > 0 ? named : mode === "" || mode === "default" || mode === "bridge" ? [] : [mode];
  return {
    netns: { nsmode: "bridge" },
    ...(networks.length === 0 ? {} : { networks: Object.fromEntries(networks.map((each) => [each, {}])) }),
  };
}

function ports(bindings: Fields): readonly Fields[] {
  return Object.entries(bindings).flatMap(([key, on]) => {
    const [port, protocol] = key.split("/");
    return listIn(on).map((each) => ({
      container_port: Number(port),
      protocol: protocol ?? "tcp",
      host_ip: textIn(fieldsOf(each)["HostIp"]),
      host_port: Number(fieldsOf(each)["HostPort"]),
    }));
  });
}

// Podman fills scratch space with what the image has there unless told not to. It knows no users of it but the container's own.
function scratch(host: Fields, user: string): readonly Fields[] {
  return Object.entries(fieldsOf(host["Tmpfs"])).map(([destination, given]) => {
    const options = textIn(given)
      .split(",")
      .filter((each) => each !== "");
    const owner = options.find((each) => each.startsWith("uid="));
    if (owner !== undefined && owner !== `uid=${user.split(":")[0]}`)
      throw new Error(`scratch space at ${destination} of ${owner}, in a container of ${user}`);
    const rest = options.filter((each) => !/^[ug]id=/.test(each));
    return {
      destination,
      type: "tmpfs",
      source: "tmpfs",
      options: [...rest, ...(owner === undefined ? [] : ["U"]), "notmpcopyup"],
    };
  });
}

// `Binds` is the older way to say the same: `volume-or-folder:place[:ro]`.
function mountsOf(host: Fields): readonly Fields[] {
  const older = textsIn(host["Binds"]).map((each) => {
    const [source = "", target, options = ""] = each.split(":");
    const Type = source.startsWith("/") ? "bind" : "volume";
    return { Type, Source: source, Target: target, ReadOnly: options.split(",").includes("ro") };
  });
  return [...listIn(host["Mounts"]).map((each) => fieldsOf(each)), ...older];
}

function binds(mounts: readonly Fields[]): readonly Fields[] {
  return mounts
    .filter((each) => each["Type"] === "bind")
    .map((each) => ({
      destination: each["Target"],
      type: "bind",
      source: each["Source"],
      options: ["rbind", each["ReadOnly"] === true ? "ro" : "rw", "rprivate"],
    }));
}

function volumes(mounts: readonly Fields[]): readonly Fields[] {
  return mounts
    .filter((each) => each["Type"] === "volume")
    .map((each) => ({
      Name: each["Source"],
      Dest: each["Target"],
      Options: [each["ReadOnly"] === true ? "ro" : "rw"],
    }));
}

function names(mode: string, files: OwnFiles): readonly Fields[] {
  const readOnly = (destination: string, source: string): Fields => {
    return { destination, source, type: "bind", options: ["bind", "ro", "rprivate", "nosuid", "nodev", "noexec"] };
  };
  const alone = mode === "none" || mode.startsWith("container:");
  return [readOnly("/etc/hosts", files.hosts), ...(alone ? [readOnly("/etc/resolv.conf", files.resolvers)] : [])];
}

function log(given: Fields): Fields {
  const size = /^(\d+)m$/.exec(textIn(fieldsOf(given["Config"])["max-size"]))?.[1];
  return { driver: "k8s-file", ...(size === undefined ? {} : { size: Number(size) * 1024 * 1024 }) };
}
