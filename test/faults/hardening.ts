import type { Json } from "../support/raw-engine.ts";

/**
 * What is missing from the hardening of one container, or what it may reach that it must not, by the engine's own
 * report; empty when nothing is. `all` are the reports of the project's other containers.
 */
export function lackOfHardening(report: Json, project: string, all: readonly Json[]): readonly string[] {
  const id: string = report["Config"].Labels?.["coop.dev/id"] ?? "";
  // A helper opens a volume and is never started.
  if (/^container:(writer|reader)\./.test(id)) return report["State"].Running ? ["a helper runs"] : [];
  return [...settings(report), ...reach(report, id, project, all)];
}

function settings({ Config, HostConfig, Mounts, State }: Json): readonly string[] {
  const lacks: string[] = [];
  const must = (what: string, holds: boolean): void => void (holds || lacks.push(what));
  const empty = (key: string): boolean => Object.keys(HostConfig[key] ?? []).length === 0;
  must("no capability", JSON.stringify(HostConfig.CapDrop) === '["ALL"]' && empty("CapAdd"));
  must("no-new-privileges", HostConfig.SecurityOpt?.includes("no-new-privileges") === true);
  must("seccomp", HostConfig.SecurityOpt?.some((each: string) => each.startsWith("seccomp={")) === true);
  must("read-only root", HostConfig.ReadonlyRootfs === true);
  must("not privileged", HostConfig.Privileged === false);
  must("a user that is not root", /^[1-9]\d*:[1-9]\d*$/.test(Config.User));
  must("namespaces of its own", HostConfig.PidMode === "" && HostConfig.UTSMode === "" && HostConfig.UsernsMode === "");
  must("memory of its own", HostConfig.IpcMode === "private" && HostConfig.CgroupnsMode === "private");
  must("limits", HostConfig.Memory > 0 && HostConfig.NanoCpus > 0 && HostConfig.PidsLimit > 0);
  must("no swap beyond its memory", HostConfig.MemorySwap === HostConfig.Memory);
  must("no restart by the engine", HostConfig.RestartPolicy?.Name === "no");
  for (const key of [
    "Devices",
    "DeviceCgroupRules",
    "DeviceRequests",
    "Binds",
    "GroupAdd",
    "ExtraHosts",
    "VolumesFrom",
  ])
    must(`no ${key}`, empty(key));
  must("hidden kernel paths", HostConfig.MaskedPaths?.includes("/proc/kcore") === true);
  must("read-only kernel paths", HostConfig.ReadonlyPaths?.includes("/proc/sys") === true);
  must(
    "volumes alone",
    Mounts.every((each: Json) => each["Type"] === "volume"),
  );
  must("no engine that restarts it", State.Restarting === false);
  return lacks;
}

function reach(
  { Id, HostConfig, NetworkSettings }: Json,
  id: string,
  project: string,
  all: readonly Json[],
): readonly string[] {
  const networks = Object.keys(NetworkSettings.Networks ?? {});
  const own = `coop.${project}.gateway`;
  // The two that stand between the project and the world; no agent runs in either.
  if (id === "container:gateway" || id.startsWith("container:publisher."))
    return networks.every((each) => each === own) ? [] : [`networks ${networks.join(", ")}`];
  const bound = Object.keys(HostConfig.PortBindings ?? {});
  const ports = bound.length === 0 ? [] : [`ports ${bound.join(", ")}`];
  const mode: string = HostConfig.NetworkMode;
  if (mode === "none")
    return [...ports, ...networks.filter((each) => each !== "none").map((each) => `network ${each}`)];
  const joined = /^container:(.+)$/.exec(mode)?.[1];
  const partner = all.find((each) => each["Id"] === joined);
  if (joined === undefined || networks.length > 0) return [...ports, `network mode ${mode} and ${networks.join(", ")}`];
  // Whom it joins may be gone: then its namespace has nothing but lo, as that one's had.
  if (partner === undefined) return ports;
  const other: string = partner["Config"].Labels["coop.dev/id"];
  const paired =
    other === id.replace("container:", "container:forwarder.") ||
    id === other.replace("container:", "container:forwarder.");
  return paired && partner["HostConfig"].NetworkMode !== "host" && Id !== joined
    ? ports
    : [...ports, `joined ${other}`];
}
