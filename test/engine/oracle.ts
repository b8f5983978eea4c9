import { expect } from "vitest";
import { engine, engineList } from "../support/raw-engine.ts";
import type { Json } from "../support/raw-engine.ts";

/** Checks, on the engine's own reports and with nothing of coop's, that everything of a project is hardened and closed. */
export async function expectHardened(project: string): Promise<void> {
  const all = await engineList("/containers/json?all=1");
  const names = all
    .filter((each) => each["Labels"]?.["coop.dev/project"] === project)
    .map((each) => String(each["Names"]?.[0]).slice(1));
  const reports = await Promise.all(names.map((name) => engine("GET", `/containers/${name}/json`)));
  const ids = reports.map((each) => each["Config"].Labels["coop.dev/id"]);
  expect(new Set(ids).size, "one container an id").toBe(ids.length);
  for (const report of reports) expectOne(report, project, reports);
}

function expectOne(
  { Id, Name, Config, HostConfig, NetworkSettings, Mounts, State }: Json,
  project: string,
  all: readonly Json[],
): void {
  const id: string = Config.Labels["coop.dev/id"];
  expect(Name, "its own name").toBe(`/coop.${project}.${id.replace("container:", "")}`);
  expect(State.Status, Name).toBe("running");
  expect(HostConfig, Name).toMatchObject({
    CapDrop: ["ALL"],
    Privileged: false,
    ReadonlyRootfs: true,
    RestartPolicy: { Name: "no" },
    PidMode: "",
    UTSMode: "",
    UsernsMode: "",
    IpcMode: "private",
    CgroupnsMode: "private",
    PublishAllPorts: false,
  });
  expect(HostConfig.SecurityOpt, Name).toEqual(["no-new-privileges", expect.stringMatching(/^seccomp=\{/)]);
  for (const key of [
    "CapAdd",
    "Devices",
    "DeviceCgroupRules",
    "DeviceRequests",
    "Binds",
    "GroupAdd",
    "ExtraHosts",
    "VolumesFrom",
    "Links",
  ]) {
    expect(HostConfig[key] ?? [], `${Name} ${key}`).toEqual([]);
  }
  expect(Object.keys(HostConfig.PortBindings ?? {}), Name).toEqual([]);
  for (const key of ["PidsLimit", "Memory", "NanoCpus"]) expect(HostConfig[key], `${Name} ${key}`).toBeGreaterThan(0);
  expect(HostConfig.MemorySwap, Name).toBe(HostConfig.Memory);
  for (const path of ["/proc/kcore", "/sys/firmware"]) expect(HostConfig.MaskedPaths, Name).toContain(path);
  expect(HostConfig.ReadonlyPaths, Name).toContain("/proc/sys");
  expect(Config.User, Name).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  for (const mount of Mounts)
    expect(mount, Name).toMatchObject({ Type: "volume", Name: expect.stringContaining(`coop.${project}.`) });
  const networks = Object.keys(NetworkSettings.Networks ?? {});
  if (id === "container:gateway") expect(networks, Name).toEqual([`coop.${project}.gateway`]);
  else if (HostConfig.NetworkMode === "none") expect(networks, Name).toEqual(["none"]);
  else {
    expect(networks, Name).toEqual([]);
    expectPaired({ Id, HostConfig, Name }, id, all);
  }
}

/** One of the two has a namespace without a network, and the other has joined it. */
function expectPaired({ Id, HostConfig, Name }: Json, id: string, all: readonly Json[]): void {
  const forwards = id.startsWith("container:forwarder.");
  const other = all.find(
    ({ Config }) =>
      Config.Labels["coop.dev/id"] === id.replace("container:", "container:forwarder.") ||
      (forwards && Config.Labels["coop.dev/id"] === id.replace("forwarder.", "")),
  );
  if (forwards) expect(HostConfig.NetworkMode, Name).toBe(`container:${other?.["Id"]}`);
  else {
    const joinedBy = other?.["HostConfig"].NetworkMode === `container:${Id}`;
    expect(joinedBy || HostConfig.NetworkMode === `container:${other?.["Id"]}`, `${Name} has its forwarder`).toBe(true);
  }
}
