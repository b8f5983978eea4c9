import { readFileSync } from "node:fs";
import type { Report } from "./containers.ts";

type Json = Readonly<Record<string, any>>; // oxlint-disable-line typescript/no-explicit-any -- the engine's own bodies

/**
 * Podman's own report as these tests read Docker's, with nothing of coop's translation: where Podman is silent, from what it
 * gave to its runtime.
 */
export function podmanReport(report: unknown): Report {
  const { Name, NetworkSettings, HostConfig, BoundingCaps, Mounts, OCIConfigPath, Image, ...rest } = report as Json;
  const config: Json = (OCIConfigPath ?? "") === "" ? {} : JSON.parse(readFileSync(OCIConfigPath, "utf8"));
  const own = (kind: string): boolean =>
    (config["linux"]?.namespaces ?? []).some((each: Json) => each["type"] === kind);
  const filter: Json | undefined = config["linux"]?.seccomp;
  return {
    ...rest,
    Name: `/${Name}`,
    Image: `sha256:${Image}`,
    NetworkSettings: { ...NetworkSettings, Networks: renamed(NetworkSettings.Networks ?? {}) },
    HostConfig: {
      ...HostConfig,
      CapDrop: BoundingCaps === null ? ["ALL"] : HostConfig.CapDrop,
      CapAdd: BoundingCaps ?? [],
      PidMode: own("pid") ? "" : "host",
      UTSMode: own("uts") ? "" : "host",
      IpcMode: own("ipc") ? "private" : "host",
      Binds: HostConfig.Binds.filter((each: string) => !/^(coop\.|[0-9a-f]{64}:)/.test(each) && !OWN_FILE.test(each)),
      SecurityOpt: [
        ...HostConfig.SecurityOpt.filter((each: string) => !each.startsWith("seccomp=")),
        filter?.["defaultAction"] === "SCMP_ACT_ERRNO" ? `seccomp=${JSON.stringify(filter)}` : "seccomp=unconfined",
      ],
    },
    Mounts: Mounts.filter((each: Json) => !OWN_FILE.test(`${each["Source"]}:${each["Destination"]}:`) || each["RW"]),
  } as unknown as Report; // the fields that the tests read
}

/** The two files of coop's that stand where Podman would put the names that this machine knows. */
const OWN_FILE = /\/\.local\/share\/coop\/podman\/(hosts|resolv\.conf):\/etc\/\1:/;

// The engine's own network, by Docker's name.
function renamed({ podman, ...networks }: Json): Json {
  return podman === undefined ? networks : { ...networks, bridge: podman };
}
