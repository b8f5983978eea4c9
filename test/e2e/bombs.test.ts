import { beforeAll, describe, expect, it } from "vitest";
import { eventually, run } from "./support/command.ts";
import { anOrdinaryContainer, inside, shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const MEBIBYTE = 1024 * 1024;
const PIDS = 64;
const MEMORY = 160 * MEBIBYTE;

const scope = fileScope();
let project: Project;
let sandbox: string;
/** As the engine makes it: the control. */
let ordinary: string;

beforeAll(async () => {
  const resources = { cpus: 0.5, memory: "160MiB", pids: PIDS };
  const hungry = ["python3", "-c", "x = bytearray(600 * 2 ** 20); print(len(x))"];
  project = await aProject(scope, {
    agents: {
      coder: { workspace: "none", resources },
      other: { workspace: "none", resources },
      hog: { run: hungry, restart: "never", workspace: "none", resources },
    },
  });
  const applied = await project.coop(["apply", "--yes"]);
  // The hog has ended by then, or will; everything else must be there.
  expect(applied.text.replaceAll(/.*hog.*/g, "")).not.toMatch(/failed|skipped/);
  sandbox = project.named("sandbox.coder.0");
  ordinary = await anOrdinaryContainer(scope, { network: "none" });
});

describe("a bomb", () => {
  it("of processes ends at the limit", async () => {
    const forks = `python3 -c '
import os, time
children = 0
try:
    while children < 300:
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        children += 1
except OSError as error:
    print(error.errno)
print(children)'`;
    expect((await shell(ordinary, forks)).trim()).toBe("300");
    const said = (await shell(sandbox, forks)).trim().split("\n");
    expect(said[0]).toBe("11");
    expect(Number(said[1])).toBeLessThan(PIDS);
    await eventually("the sandbox works again", async () => (await inside(sandbox, ["true"])).code === 0);
  });

  it("of memory, also as files in its scratch space, ends at the limit", async () => {
    const grow = "python3 -c 'x = bytearray(400 * 2 ** 20); print(len(x))'";
    expect((await shell(ordinary, grow)).trim()).toBe(String(400 * MEBIBYTE));
    const member = project.named("sandbox.other.0");
    expect(await shell(member, grow)).not.toContain(String(400 * MEBIBYTE));
    // The scratch space counts against the same limit: it fills, or whoever fills it is killed.
    await shell(
      member,
      "for each in /tmp /home/agent /dev/shm; do head -c 2000000000 /dev/zero > $each/bomb; done; true",
    );
    const used = await shell(ordinary, "true").then(() =>
      run(["docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", member]),
    );
    expect(Number(/^([\d.]+)MiB/.exec(used.out)?.[1] ?? 0) * MEBIBYTE).toBeLessThanOrEqual(MEMORY);
    expect((await run(["docker", "version"])).code).toBe(0);
  });

  it("of processor time gets its share and no more", async () => {
    // Nanoseconds by one version of the kernel's groups, microseconds by the other.
    const used =
      "cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || sed -n 's/usage_usec \\(.*\\)/\\1000/p' /sys/fs/cgroup/cpu.stat";
    const burn = `
import os, time
began = time.monotonic()
for _ in range(3):
    os.fork()
while time.monotonic() - began < 2:
    pass
os._exit(0)`;
    const usedMs = async (): Promise<number> => Number((await shell(sandbox, used)).trim()) / 1e6;
    const before = await usedMs();
    expect(before).toBeGreaterThan(0);
    const began = Date.now();
    await shell(sandbox, `python3 -c '${burn}'`);
    expect((await usedMs()) - before).toBeLessThan((Date.now() - began) * 0.5 * 1.3 + 200);
  });

  it("that kills the agent is called what it is", async () => {
    const status = await project.coop(["status"]);
    expect(status.out).toMatch(/container:sandbox\.hog\.0\s+.*out of memory/);
  });
});
