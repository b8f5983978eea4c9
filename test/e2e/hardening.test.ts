import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually, must, run } from "./support/command.ts";
import { anOrdinaryContainer, images, inspect, shell } from "./support/containers.ts";
import type { Report } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const PIDS = 64;

/** Sandboxes and services, not what coop puts beside them. */
const WORKLOAD = /^\/coop\.[^.]+\.(sandbox|service)\./;

/** What has none of the walls that the attacks meet; some machines refuse `--privileged` itself. */
const WIDE_OPEN = [
  ...["SYS_ADMIN", "SYS_PTRACE"].flatMap((each) => ["--cap-add", each]),
  ...["seccomp=unconfined", "systempaths=unconfined"].flatMap((each) => ["--security-opt", each]),
  ...["-v", "/sys:/sys"],
];

const scope = fileScope();
let project: Project;
let reports: readonly Report[];
let sandbox: string;
/** As the engine makes it, with root as its user. */
let ordinary: string;

beforeAll(async () => {
  const small = { cpus: 0.5, memory: "160MiB", pids: PIDS };
  project = await aProject(scope, {
    agents: {
      coder: { egress: ["api"], services: ["db", "cache"], ports: [3000], resources: small },
      runner: { egress: ["api"], resources: small },
    },
    services: {
      db: {
        image: images().postgres,
        environment: { POSTGRES_PASSWORD: { generate: true } },
        volumes: ["data:/var/lib/postgresql/data"],
      },
      cache: { image: images().redis, environment: { REDIS_PASSWORD: { generate: true } } },
    },
    fleets: { nightly: { agent: "runner", replicas: 2 } },
    egress: { rules: [{ name: "api", host: "api.allowed.test", tls: "tunnel" }] },
  });
  await project.apply();
  sandbox = project.named("sandbox.coder.0");
  ordinary = await anOrdinaryContainer(scope, { network: "none" });
  const names = (await must(["docker", "ps", "--format", "{{.Names}}"])).split("\n");
  reports = await Promise.all(names.filter((name) => name.startsWith(`coop.${project.name}.`)).map(inspect));
});

describe("every container of a project", () => {
  it("is there: gateway, forwarders, publisher, services, sandboxes, the fleet", () => {
    const paths = reports.map((each) => each.Name.replace(`/coop.${project.name}.`, "")).toSorted();
    expect(paths).toEqual([
      "forwarder.sandbox.coder.0",
      "forwarder.sandbox.nightly.0",
      "forwarder.sandbox.nightly.1",
      "forwarder.service.cache",
      "forwarder.service.db",
      "gateway",
      "publisher.sandbox.coder.0",
      "sandbox.coder.0",
      "sandbox.nightly.0",
      "sandbox.nightly.1",
      "service.cache",
      "service.db",
    ]);
  });

  it("is made without privileges, devices, host namespaces, host folders, and with limits", () => {
    for (const { Name, HostConfig, Mounts } of reports) {
      expect(HostConfig, Name).toMatchObject({
        CapDrop: ["ALL"],
        Privileged: false,
        ReadonlyRootfs: true,
        PidMode: "",
        IpcMode: "private",
        UTSMode: "",
        CgroupParent: "",
      });
      expect(HostConfig["SecurityOpt"], Name).toEqual(["no-new-privileges", expect.stringMatching(/^seccomp=\{/)]);
      for (const key of [
        "CapAdd",
        "Devices",
        "DeviceRequests",
        "DeviceCgroupRules",
        "Binds",
        "VolumesFrom",
        "GroupAdd",
      ])
        expect(HostConfig[key] ?? [], `${Name} ${key}`).toEqual([]);
      for (const key of ["PidsLimit", "Memory", "NanoCpus"])
        expect(HostConfig[key], `${Name} ${key}`).toBeGreaterThan(0);
      expect(HostConfig["MemorySwap"], Name).toBe(HostConfig["Memory"]);
      expect(HostConfig["NetworkMode"], Name).not.toMatch(/^host$/);
      for (const mount of Mounts) {
        expect(mount.Type, `${Name} ${mount.Destination}`).toBe("volume");
        expect(mount.Name, `${Name} ${mount.Destination}`).toMatch(
          new RegExp(`^(coop\\.${project.name}\\.|[0-9a-f]{64}$)`),
        );
      }
    }
  });

  it("runs every process without capabilities, without gain, under a filter, as nobody that is root", async () => {
    const control = await processesOf(ordinary);
    expect(control.some((each) => each["CapEff"] !== "0000000000000000" && each["NoNewPrivs"] === "0")).toBe(true);
    for (const { Name } of reports) {
      const processes = await processesOf(Name.slice(1));
      expect(processes.length, Name).toBeGreaterThan(0);
      for (const process of processes) {
        for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
          expect(process[set], `${Name} ${process["Name"]} ${set}`).toBe("0000000000000000");
        expect(process, Name).toMatchObject({ NoNewPrivs: "1", Seccomp: "2" });
        expect(`${process["Uid"]} ${process["Gid"]}`.split(/\s+/), Name).not.toContain("0");
      }
    }
  });

  it("has no mount of the host's but its own volumes and the engine's own small files", () => {
    for (const { Name, State } of reports) {
      const mounts = readFileSync(`/proc/${State.Pid}/mountinfo`, "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split(" "));
      const fromHost = mounts.filter((fields) =>
        ["ext4", "xfs", "btrfs", "overlay"].includes(fields[fields.indexOf("-") + 1] ?? ""),
      );
      const unexpected = fromHost.filter(
        ([, , , root = "", at]) =>
          !(
            at === "/" ||
            root.includes(`/volumes/coop.${project.name}.`) ||
            /\/volumes\/[0-9a-f]{64}\/_data$/.test(root) ||
            /\/(containers|overlay-containers)\/[0-9a-f]{64}\/(userdata\/)?(resolv\.conf|hostname|hosts|\.containerenv)$/.test(
              root,
            ) ||
            /\/\.local\/share\/coop\/podman\/(resolv\.conf|hosts)$/.test(root) ||
            ["/sbin/docker-init", "/usr/sbin/docker-init", "/run/podman-init"].includes(at ?? "")
          ),
      );
      expect(unexpected, Name).toEqual([]);
      const writable = fromHost.filter(
        ([, , , root = "", , options = ""]) => options.split(",").includes("rw") && !root.includes("/volumes/"),
      );
      expect(writable, Name).toEqual([]);
    }
  });

  it("holds no descriptor that leads out, and no socket of the engine's", async () => {
    const opened = (pid: string): readonly string[] =>
      readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    for (const { Name } of reports.filter((each) => WORKLOAD.test(each.Name))) {
      for (const process of await processesOf(Name.slice(1))) {
        const odd = opened(process["Pid"] ?? "").filter(
          (each) =>
            !/^(pipe|socket|anon_inode):|^\/dev\/(null|pts|shm)|^\/(var\/lib\/postgresql|data|tmp|usr|proc)\b/.test(
              each,
            ),
        );
        expect(odd, `${Name} ${process["Name"]}`).toEqual([]);
      }
      expect(
        await shell(
          Name.slice(1),
          "find / -xdev -type s 2>/dev/null; find /run /var /tmp -type s 2>/dev/null | grep -v -e postgres -e '^/tmp/\\.s'",
          { user: "0" },
        ),
        Name,
      ).toBe("");
    }
  });
});

describe("from inside a sandbox", () => {
  it("nothing of the system can be written, not even by root", async () => {
    // Opened only, never written: what these would do is real.
    const paths = [
      "/proc/sys/kernel/core_pattern",
      "/proc/sys/vm/overcommit_memory",
      "/proc/sysrq-trigger",
      "/proc/irq/default_smp_affinity",
      "/sys/kernel/mm/ksm/run",
      "/sys/module/kernel/parameters/panic",
      "/etc/passwd",
      "/etc/hosts",
      "/etc/resolv.conf",
      "/etc/hostname",
      "/usr/bin/git",
      "/bin/sh",
      "/run/x",
      "/opt/x",
      "/root/x",
      "/x",
    ];
    const tries = paths.map((path) => `sh -c ': 2>/dev/null >> ${path}' 2>/dev/null && echo ${path}`).join("; ");
    const privileged = await anOrdinaryContainer(scope, { network: "none", flags: WIDE_OPEN });
    const control = (await shell(privileged, `${tries}; true`)).trim().split("\n");
    expect(control.length).toBeGreaterThan(paths.length - 4);
    for (const user of ["0", "1000"]) expect((await shell(sandbox, `${tries}; true`, { user })).trim(), user).toBe("");
  });

  it("nothing of the kernel can be read that tells of others", async () => {
    const look =
      "head -c 1 /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | grep -av '^==>' | tr -d '\\n' | wc -c; ls /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -v ':$' | grep -c .; true";
    expect((await shell(sandbox, look, { user: "0" })).trim().split("\n")).toEqual(["0", "0"]);
  });

  it("no setuid program gives anything", async () => {
    const asks =
      "cd /; sleep 4 | su root -c true >/dev/null 2>&1 & sleep 1; for f in /proc/[0-9]*/status; do grep -q '^Name:.su$' $f && grep ^Uid $f; done; true";
    expect(await shell(ordinary, asks, { user: "1000" })).toMatch(/Uid:\s+1000\s+0\s/);
    expect(await shell(sandbox, asks, { user: "1000" })).toMatch(/Uid:\s+1000\s+1000\s/);
  });

  it("no namespace, device or forbidden system call is to be had, not even by root", async () => {
    const calls = CALLS[process.arch];
    if (calls === undefined) throw new Error(`no numbers of system calls for ${process.arch}`);
    const perl = Object.entries(calls)
      .map(
        ([name, number]) =>
          `$r = syscall(${number}, 0, 0, 0, 0, 0); print "${name} ", ($r == -1 && $! == 1 ? "refused" : "open"), "\\n";`,
      )
      .join(" ");
    const lines = `perl -e '${perl}'; unshare -U true 2>/dev/null && echo userns; unshare -n true 2>/dev/null && echo netns; mknod /tmp/device c 1 3 2>/dev/null && echo device; rm -f /tmp/device; true`;
    const open = await anOrdinaryContainer(scope, { network: "none", flags: WIDE_OPEN });
    const control = (await shell(open, lines)).trim().split("\n");
    expect(control).toEqual([...Object.keys(calls).map((name) => `${name} open`), "userns", "netns", "device"]);
    for (const user of ["0", "1000"])
      expect((await shell(sandbox, lines, { user })).trim().split("\n"), user).toEqual(
        Object.keys(calls).map((name) => `${name} refused`),
      );
  });

  it("no process of another container can be seen", async () => {
    const mark = `98${process.pid}.5`;
    await must(["docker", "exec", "-d", project.named("sandbox.nightly.0"), "sleep", mark]);
    const look = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '";
    const watching = await anOrdinaryContainer(scope, { network: "none", flags: ["--pid", "host"] });
    expect(await shell(watching, look)).toContain(`sleep ${mark}`);
    const seen = await shell(sandbox, look, { user: "0" });
    expect(seen).toContain("sleep infinity");
    expect(seen).not.toContain(mark);
    expect(seen).not.toContain("forwarder.mjs");
  });
});

it("a published port is on this machine's loopback and on no other address", async () => {
  const server = "require('http').createServer((_, r) => r.end('from inside')).listen(3000, '127.0.0.1')";
  await must(["docker", "exec", "-d", sandbox, "node", "-e", server]);
  const published = (await must(["docker", "port", project.named("publisher.sandbox.coder.0")])).trim();
  const [, port] = /-> 127\.0\.0\.1:(\d+)$/.exec(published) ?? [];
  expect(port, published).toBeDefined();
  await eventually(
    "the port answers",
    async () => (await run(["curl", "-s", "-m", "5", `http://127.0.0.1:${port}/`])).out === "from inside",
  );
  const gateway =
    (await inspect(project.named("gateway"))).NetworkSettings.Networks[project.named("gateway")]?.Gateway ?? "";
  const refused = await new Promise<string>((resolve) => {
    const socket = connect({ host: gateway, port: Number(port), timeout: 5000 });
    socket.on("connect", () => resolve("connected"));
    socket.on("timeout", () => resolve("silent"));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  });
  expect(refused).toBe("ECONNREFUSED");
});

// keyctl, add_key, io_uring_setup, userfaultfd, open_tree.
const CALLS: Readonly<Partial<Record<string, Readonly<Record<string, number>>>>> = {
  x64: { keyctl: 250, add_key: 248, io_uring_setup: 425, userfaultfd: 323, open_tree: 428 },
  arm64: { keyctl: 219, add_key: 217, io_uring_setup: 425, userfaultfd: 282, open_tree: 428 },
};

/** `/proc/<pid>/status` of every process in a container, read from outside. */
async function processesOf(container: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const { Id } = await inspect(container);
  const pids = readdirSync("/proc").filter((each) => /^\d+$/.test(each) && groupsOf(each).includes(Id));
  return pids.flatMap((pid) => {
    try {
      const lines = readFileSync(`/proc/${pid.trim()}/status`, "utf8").trim().split("\n");
      return [
        Object.fromEntries(
          lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
        ),
      ];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function groupsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
