import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { hardenedHostConfig, scratch } from "../../../compilers/container/hardening.ts";
import { SECCOMP_PROFILE } from "../../../compilers/container/seccomp-profile.ts";
import { insideOne } from "../../../src/backends/docker/podman/archive-words.ts";
import { isDue } from "../../../src/backends/docker/podman/asked-health.ts";
import { podmanCreateBody } from "../../../src/backends/docker/podman/create-words.ts";
import { fieldsOf } from "../../../src/backends/docker/podman/json.ts";
import { limitsInForce } from "../../../src/backends/docker/podman/live-limits.ts";
import { namedStatus } from "../../../src/backends/docker/podman/named-status.ts";
import { ownFiles } from "../../../src/backends/docker/podman/own-files.ts";
import { dockerReport } from "../../../src/backends/docker/podman/report-words.ts";
import type { PodmanReport } from "../../../src/backends/docker/podman/report-words.ts";
import { runtimeConfigOf } from "../../../src/backends/docker/podman/runtime-config.ts";
import { isOwnFilter } from "../../../src/backends/docker/podman/same-filter.ts";
import { settingsFor } from "../../../src/backends/docker/podman/service-settings.ts";
import { INLINE_SECCOMP, withSeccompProfile } from "../../../src/backends/docker/seccomp-option.ts";

const FILES = ownFiles("/files");

const HOST = hardenedHostConfig({
  networkMode: "none",
  resources: { cpus: 0.5, memoryBytes: 1024, pids: 7 },
  mounts: [{ Type: "volume", Source: "v", Target: "/data", ReadOnly: true }],
  tmpfs: { "/home": scratch({ sizeBytes: 5, mode: "0755", uid: 1000, gid: 1000 }) },
  dns: ["127.0.0.1"],
});

function created(host: object = {}, body: object = {}): Readonly<Record<string, unknown>> {
  const asked = { User: "1000:1000", Env: ["A=b=c"], HostConfig: { ...HOST, ...host }, ...body };
  // Its types ask for mutable lists; the shape is the engine API's own.
  return podmanCreateBody(fieldsOf(withSeccompProfile(asked as never)), "n", "sha256:i", {
    files: FILES,
    fixedLimits: null,
  });
}

describe("a create call in Podman's words", () => {
  it("says what Podman would leave out of Docker's or add to it", () => {
    expect(created()).toMatchObject({
      name: "n",
      image: "sha256:i",
      user: "1000:1000",
      env: { A: "b=c" },
      systemd: "false",
      read_only_filesystem: true,
      no_new_privileges: true,
      cap_drop: ["ALL"],
      cap_add: [],
      seccomp_profile_path: FILES.seccomp,
      cgroupns: { nsmode: "private" },
      netns: { nsmode: "none" },
      resource_limits: {
        memory: { limit: 1024, swap: 1024 },
        cpu: { period: 100_000, quota: 50_000 },
        pids: { limit: 7 },
      },
      volumes: [{ Name: "v", Dest: "/data", Options: ["ro"] }],
    });
  });

  it("gives scratch space to the container's user, empty, and covers the names that the machine knows", () => {
    expect(created()["mounts"]).toEqual([
      {
        destination: "/home",
        type: "tmpfs",
        source: "tmpfs",
        options: ["rw", "nosuid", "nodev", "exec", "size=5", "mode=0755", "U", "notmpcopyup"],
      },
      expect.objectContaining({ destination: "/etc/hosts", source: FILES.hosts }),
      expect.objectContaining({ destination: "/etc/resolv.conf", source: FILES.resolvers }),
    ]);
  });

  it("refuses scratch space of another user, of which Podman knows nothing", () => {
    expect(() => created({}, { User: "7:7" })).toThrow("scratch space");
  });

  it.for([
    [{ NetworkMode: "container:x" }, { netns: { nsmode: "container", value: "x" } }],
    [{ NetworkMode: "host" }, { netns: { nsmode: "host" } }],
    [{ NetworkMode: "net" }, { netns: { nsmode: "bridge" }, networks: { net: {} } }],
    [{ SecurityOpt: ["seccomp=unconfined"] }, { no_new_privileges: false, seccomp_profile_path: "unconfined" }],
    [
      { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] } },
      { portmappings: [{ container_port: 80, protocol: "tcp", host_ip: "127.0.0.1", host_port: 8080 }] },
    ],
  ] as const)("translates %j", ([host, expected]) => {
    expect(created(host)).toMatchObject(expected);
  });
});

const OCI = {
  linux: {
    namespaces: ["pid", "ipc", "uts", "mount", "network", "cgroup"].map((type) => ({ type })),
    maskedPaths: ["/proc/kcore"],
    readonlyPaths: ["/proc/sys"],
    sysctl: { "net.ipv4.ping_group_range": "0 0", "net.ipv4.ip_forward": "0" },
    seccomp: filter([]),
  },
  mounts: [{ type: "tmpfs", destination: "/run/postgresql", options: ["rw", "rprivate"] }],
  process: { capabilities: {} },
};

// As Podman makes it of the profile: rules that need capabilities only where they are held, and nothing of it said.
function filter(caps: readonly string[]): object {
  const held = SECCOMP_PROFILE.syscalls.filter(
    ({ includes, excludes }) =>
      (includes?.caps ?? []).every((cap) => caps.includes(cap)) &&
      !(excludes?.caps ?? []).some((cap) => caps.includes(cap)),
  );
  const syscalls = held.map(({ names, action, args, errnoRet }) => ({ names, action, args, errnoRet }));
  return { defaultAction: "SCMP_ACT_ERRNO", syscalls };
}

function report(given: { native?: object; host?: object; oci?: object | null; compat?: object } = {}): PodmanReport {
  const HostConfig = {
    NetworkMode: "none",
    PidMode: "private",
    UTSMode: "private",
    IpcMode: "shareable",
    CgroupMode: "private",
    SecurityOpt: ["no-new-privileges"],
    LogConfig: { Type: "k8s-file", Size: "10.49MB" },
    Tmpfs: { "/tmp": "rw,mode=1777,rprivate" },
    Memory: 4096,
    ...given.host,
  };
  const hosts = { Type: "bind", Source: FILES.hosts, Destination: "/etc/hosts", RW: false };
  const resolvers = { Type: "bind", Source: FILES.resolvers, Destination: "/etc/resolv.conf", RW: false };
  const Env = ["TERM=xterm", "container=podman", "HOSTNAME=h", "A=b", "HOME=/x"];
  return {
    compat: {
      State: { Status: "stopped", Health: { Status: "" } },
      Config: { Env, Hostname: "h", Healthcheck: { Test: ["NONE"] } },
      HostConfig,
      NetworkSettings: { Networks: {} },
      ...given.compat,
    },
    native: {
      Config: {},
      HostConfig,
      BoundingCaps: null,
      Mounts: [hosts, resolvers],
      OCIRuntime: "runc",
      ...given.native,
    },
    runtime: given.oci === null ? null : runtimeConfigOf(given.oci ?? OCI),
    limits: {},
    defaultRuntime: "runc",
  };
}

function read(given: Parameters<typeof report>[0] = {}): Readonly<Record<string, unknown>> {
  return fieldsOf(dockerReport(report(given), FILES)["HostConfig"]);
}

describe("a report in Docker's words", () => {
  it("is what was asked for, where nothing differs", () => {
    expect(read()).toMatchObject({
      CapDrop: ["ALL"],
      CapAdd: [],
      SecurityOpt: ["no-new-privileges", INLINE_SECCOMP],
      Dns: ["127.0.0.1"],
      Sysctls: { "net.ipv4.ip_forward": "0" },
      PidMode: "",
      IpcMode: "private",
      UTSMode: "",
      CgroupnsMode: "private",
      Runtime: "",
      Mounts: [],
      Tmpfs: { "/tmp": "rw,mode=1777", "/var/run/postgresql": "rw" },
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
    });
    const whole = dockerReport(report(), FILES);
    expect(whole).toMatchObject({
      State: { Status: "exited" },
      Config: { Env: ["A=b"] },
      NetworkSettings: { Networks: { none: {} } },
    });
    expect(fieldsOf(whole["State"])["Health"]).toBeUndefined();
  });

  it.for([
    ["the host's processes", { host: { PidMode: "host" } }, { PidMode: "host" }],
    ["the host's memory", { oci: withLinux({ namespaces: [{ type: "pid" }] }) }, { IpcMode: "host" }],
    [
      "no filter",
      { oci: withLinux({ seccomp: undefined }) },
      { SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] },
    ],
    [
      "another filter",
      { oci: withLinux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW" } }) },
      { SecurityOpt: ["no-new-privileges", "seccomp=another"] },
    ],
    ["paths of the kernel's", { oci: withLinux({ maskedPaths: [] }) }, { MaskedPaths: [] }],
    ["a capability", { native: { BoundingCaps: ["CAP_SYS_ADMIN"] } }, { CapDrop: ["ALL"], CapAdd: ["SYS_ADMIN"] }],
    ["another runtime", { native: { OCIRuntime: "crun" } }, { Runtime: "crun" }],
    ["names of the image", { native: { Mounts: [] } }, { Dns: ["the image's own"] }],
    [
      "a kernel setting",
      { oci: withLinux({ sysctl: { "net.ipv4.ip_forward": "1" } }) },
      { Sysctls: { "net.ipv4.ip_forward": "1" } },
    ],
    ["no bound of its log", { host: { LogConfig: { Type: "k8s-file", Size: "0B" } } }, { LogConfig: { Config: {} } }],
  ] as const)("shows %s", ([, given, expected]) => {
    expect(read(given)).toMatchObject(expected);
  });

  it("covers no mount that only looks like coop's own files", () => {
    const mount = { Type: "bind", Source: "/etc/hosts", Destination: "/etc/hosts", RW: false };
    const writable = { Type: "bind", Source: FILES.hosts, Destination: "/etc/hosts", RW: true };
    expect(read({ native: { Mounts: [mount, writable] } })["Mounts"]).toHaveLength(2);
  });

  it("names the network in the place of the kind of network", () => {
    const compat = { ...report().compat, NetworkSettings: { Networks: { other: {}, "coop.p.gateway": {} } } };
    expect(read({ host: { NetworkMode: "bridge" }, compat })["NetworkMode"]).toBe("coop.p.gateway");
  });

  it("takes a filter for coop's own only with the calls of the capabilities that are held", () => {
    expect(isOwnFilter(fieldsOf(filter(["CAP_SYSLOG"])), ["CAP_SYSLOG"])).toBe(true);
    expect(isOwnFilter(fieldsOf(filter(["CAP_SYSLOG"])), [])).toBe(false);
  });
});

function withLinux(fields: object): object {
  return { ...OCI, linux: { ...OCI.linux, ...fields } };
}

describe("a health check that nobody's timer asks", () => {
  const healthcheck = { Test: ["CMD", "true"], Interval: 5_000_000_000 };
  const at = (End: string | null, state: object = {}, check: object = healthcheck): object => ({
    State: { Running: true, Health: { Log: End === null ? null : [{ End }] }, ...state },
    Config: { Healthcheck: check },
  });
  const now = Date.parse("2020-01-01T00:00:10Z");

  it.for([
    ["never asked", at(null), true],
    ["asked long ago", at("2020-01-01T00:00:05Z"), true],
    ["asked a moment ago", at("2020-01-01T00:00:06Z"), false],
    ["of a container that has ended", at(null, { Running: false }), false],
    ["of a container that is paused", at(null, { Paused: true }), false],
    ["that is none", at(null, {}, { Test: ["NONE"] }), false],
  ] as const)("%s", ([, native, due]) => {
    expect(isDue(fieldsOf(native), now)).toBe(due);
  });
});

describe("an archive for the root of a container", () => {
  const names = async (archive: Buffer): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const entry of Readable.from([archive]).pipe(extract())) {
      found.push(`${entry.header.name} ${entry.header.uid}`);
      entry.resume();
    }
    return found;
  };
  const archiveOf = async (...paths: readonly string[]): Promise<Buffer> => {
    const archive = pack();
    for (const name of paths) archive.entry({ name, uid: 7, type: name.endsWith("/") ? "directory" : "file" }, "");
    archive.finalize();
    return buffer(archive);
  };

  it("goes to the mount in which all of it lies, with that folder itself", async () => {
    const found = await insideOne(await archiveOf("volume/", "volume/a"), ["/other", "/volume"]);
    expect(found?.place).toBe("/volume");
    expect(await names(found?.archive ?? Buffer.of())).toEqual(["./ 7", "./a 7"]);
  });

  it("stays as it is where it lies in no mount, or not wholly in one", async () => {
    expect(await insideOne(await archiveOf("volume/", "etc/x"), ["/volume"])).toBeNull();
    expect(await insideOne(await archiveOf("volumes/a"), ["/volume"])).toBeNull();
  });
});

describe("limits in force", () => {
  it("are the kernel's where they differ by more than its rounding", () => {
    expect(limitsInForce({ Memory: 10_000, PidsLimit: 5 }, { Memory: 8192, PidsLimit: 6 })).toEqual({
      Memory: 10_000,
      PidsLimit: 6,
    });
    expect(limitsInForce({ Memory: 10_000 }, { Memory: 0 })).toEqual({ Memory: 0 });
  });
});

describe("a refusal of Podman's", () => {
  it.for([
    ['the container name "x" is already in use by abc', 409],
    ["container state improper", 409],
    ["no such network", 404],
    ["permission denied", 500],
  ] as const)("%s: %d", ([said, status]) => {
    const refusal = Object.assign(new Error(said), { statusCode: 500 });
    expect(namedStatus(refusal)).toMatchObject({ statusCode: status, engine: "Podman" });
  });
});

describe("settings of a service that coop starts", () => {
  const machine = { systemd: true, unifiedGroups: true, runtimes: ["crun"], fixedLimits: null } as const;

  it("are none on a machine that needs none", () => {
    expect(settingsFor(machine)).toBeNull();
  });

  it("say what Podman must not assume here", () => {
    const fixedLimits = { openFiles: 5, processes: 6 };
    const here = { systemd: false, unifiedGroups: false, runtimes: ["crun", "runc"], fixedLimits } as const;
    expect(settingsFor(here)).toBe(
      '[containers]\ndefault_ulimits = ["nofile=5:5","nproc=6:6"]\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n',
    );
  });
});
