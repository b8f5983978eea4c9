import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** What of this machine decides how Podman can work on it. */
export interface MachineFacts {
  readonly systemd: boolean;
  /** Whether control groups are of version 2 alone. */
  readonly unifiedGroups: boolean;
  readonly runtimes: readonly ("crun" | "runc")[];
  /** Whether Podman would run as root, and could not raise a hard limit: the hard limits that it would have. */
  readonly fixedLimits: { readonly openFiles: number; readonly processes: number } | null;
}

/**
 * Settings without which Podman could start no container on this machine, as text of a containers.conf; null where it needs none.
 * They are for the service that coop starts alone: no file of the machine's is changed. Pure.
 */
export function settingsFor(machine: MachineFacts): string | null {
  const { fixedLimits } = machine;
  const limits =
    fixedLimits === null ? [] : [both("nofile", fixedLimits.openFiles), both("nproc", fixedLimits.processes)];
  const engine = [
    ...(machine.systemd ? [] : ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']),
    // crun makes no container where both versions of control groups are mounted.
    ...(!machine.unifiedGroups && machine.runtimes.length === 2 ? ['runtime = "runc"'] : []),
  ];
  const sections = [
    // As root, Podman gives containers limits that are higher than its own unless it is told otherwise.
    ...(limits.length === 0 ? [] : ["[containers]", `default_ulimits = ${JSON.stringify(limits)}`]),
    ...(engine.length === 0 ? [] : ["[engine]", ...engine]),
  ];
  return sections.length === 0 ? null : `${sections.join("\n")}\n`;
}

function both(name: string, limit: number): string {
  return `${name}=${limit}:${limit}`;
}

export function machineFacts(environment: Environment): MachineFacts {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((each) => each !== "");
  return {
    systemd: existsSync("/run/systemd/system"),
    unifiedGroups: existsSync("/sys/fs/cgroup/cgroup.controllers"),
    runtimes: (["crun", "runc"] as const).filter((each) =>
      [...folders, "/usr/sbin"].some((folder) => existsSync(join(folder, each))),
    ),
    fixedLimits: fixedLimits(),
  };
}

const CAP_SYS_RESOURCE = 24n;

export function fixedLimits(): MachineFacts["fixedLimits"] {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return null;
  const held = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${held}`) >> CAP_SYS_RESOURCE) & 1n) === 1n) return null;
  const table = readFileSync("/proc/self/limits", "utf8");
  const highest = Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));
  return {
    openFiles: hardLimit(table, "Max open files"),
    // Podman lowers its own to this before anything else.
    processes: Math.min(hardLimit(table, "Max processes"), highest),
  };
}

function hardLimit(table: string, name: string): number {
  const hard = Number(new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, "m").exec(table)?.[1] ?? Number.NaN);
  return Number.isNaN(hard) ? UNLIMITED : Math.min(hard, UNLIMITED);
}

/** What Podman asks for where nothing says otherwise. */
const UNLIMITED = 1_048_576;

/**
 * The variables by which a Podman takes settings from this file. Versions before 4.8 know only the one that puts a file in the
 * place of all others, which is no way where the user or the machine has settings of its own.
 */
export function settingsVariables(file: string, environment: Environment): Readonly<Record<string, string>> {
  const settings = environment["XDG_CONFIG_HOME"] || join(environment["HOME"] || homedir(), ".config");
  const own = [
    environment["CONTAINERS_CONF"] ?? "",
    "/etc/containers/containers.conf",
    join(settings, "containers/containers.conf"),
  ];
  const override = { CONTAINERS_CONF_OVERRIDE: file };
  return own.some((each) => each !== "" && existsSync(each)) ? override : { ...override, CONTAINERS_CONF: file };
}
