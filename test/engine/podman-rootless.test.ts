import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hasPodman } from "../../src/backends/docker/podman/connect-podman.ts";
import { must, run } from "../e2e/support/command.ts";
import type { Ran } from "../e2e/support/command.ts";
import { images } from "../e2e/support/containers.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** Why this machine has no ordinary user for these tests; empty where it has. */
const WHY = [
  hasPodman(process.env) ? "" : "there is no Podman",
  process.geteuid?.() === 0 ? "" : "only root can make an ordinary user",
  existsSync("/usr/bin/newuidmap") ? "" : "users have no ids of their own (newuidmap)",
].find((each) => each !== "");

const user = `coop-${randomBytes(3).toString("hex")}`;
const folder = mkdtempSync(join(tmpdir(), "coop-rootless-"));

vi.setConfig({ hookTimeout: 600_000, testTimeout: 300_000 });

/** Runs a command as the ordinary user, with nothing of this process's environment. */
function asUser(command: readonly string[]): Promise<Ran> {
  const environment = {
    HOME: join(folder, "home"),
    XDG_RUNTIME_DIR: join(folder, "run"),
    PATH: `${folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    COOP_BASE_IMAGE: images().base,
    // Without it Podman copies every layer whole on machines where it finds no FUSE.
    STORAGE_DRIVER: "overlay",
  };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return run(["runuser", "-u", user, "--", "env", "-i", ...variables, ...command], { cwd: folder, timeoutMs: 240_000 });
}

describe.skipIf(WHY !== undefined)(`podman as an ordinary user${WHY === undefined ? "" : ` (skipped: ${WHY})`}`, () => {
  beforeAll(async () => {
    chmodSync(folder, 0o755);
    await must(["useradd", "--home-dir", join(folder, "home"), "--create-home", "--shell", "/bin/sh", user]);
    const id = Number(await must(["id", "-u", user]));
    mkdirSync(join(folder, "run"), { mode: 0o700 });
    chownSync(join(folder, "run"), id, id);
    // The checkout may lie where only root may look.
    mkdirSync(join(folder, "bin"));
    cpSync(process.execPath, join(folder, "bin/node"));
    for (const each of ["bin", "dist", "schema", "providers", "package.json"])
      cpSync(join(ROOT, each), join(folder, "coop", each), { recursive: true, dereference: true });
    await build({
      entryPoints: [join(import.meta.dirname, "programs/rootless-main.ts")],
      outfile: join(folder, "rootless.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;',
      },
      // Optional and native; nothing here uses it.
      external: ["cpu-features", "*.node"],
      logLevel: "silent",
    });
    const archive = join(folder, "base.tar");
    await must(["docker", "save", "-o", archive, images().base]);
    chmodSync(archive, 0o644);
    const loaded = await asUser(["podman", "load", "-i", archive]);
    rmSync(archive);
    expect(loaded.code, loaded.text).toBe(0);
  });

  afterAll(async () => {
    // Files of its other ids go by Podman's own hand; what still runs is the service that coop started for this user.
    await asUser(["podman", "system", "reset", "--force"]);
    await run(["pkill", "-u", user]);
    await run(["userdel", "-r", user]);
    rmSync(folder, { recursive: true, force: true });
  });

  it("has the walls of a sandbox, and the reports say so", async () => {
    const ran = await asUser(["node", join(folder, "rootless.mjs"), images().base]);
    expect(ran.code, ran.text).toBe(0);
    const { said, HostConfig, beside } = JSON.parse(ran.out);
    const lines = said.split("\n").map((each: string) => each.trim().replaceAll(/\s+/g, " "));
    for (const line of [
      "lo",
      "nameserver 127.0.0.1",
      "CapEff: 0000000000000000",
      "CapBnd: 0000000000000000",
      "NoNewPrivs: 1",
      "Seccomp: 2",
      "read-only",
      "scratch",
    ])
      expect(
        lines.some((each: string) => each.endsWith(line)),
        `${line} in ${said}`,
      ).toBe(true);
    expect(said).not.toMatch(/\beth0\b/);
    // Nobody inside has the number of anybody outside but this user's own.
    expect(said).not.toMatch(/^\s*0\s+0\s+4294967295/m);
    expect(HostConfig).toMatchObject({
      NetworkMode: "none",
      CapDrop: ["ALL"],
      CapAdd: [],
      ReadonlyRootfs: true,
      IpcMode: "private",
      PidMode: "",
      CgroupnsMode: "private",
      Dns: ["127.0.0.1"],
      SecurityOpt: ["no-new-privileges", expect.stringMatching(/^seccomp=\{/)],
    });
    expect(beside).toEqual([["/rootless-sandbox"]]);
  });

  it("starts the user's own API on demand, and refuses by name the limits that this user's control groups lack", async () => {
    const repository = join(folder, "home/repository");
    const file =
      "version: coop/v1\nproject: rootless\ntargets: { here: { backend: podman } }\nagents: { one: { workspace: none } }\n";
    writeFileSync(join(folder, "coop.yaml"), file);
    const made = await asUser(["sh", "-c", `git init -q ${repository} && cp ${folder}/coop.yaml ${repository}`]);
    expect(made.code, made.text).toBe(0);
    const planned = await asUser(["sh", "-c", `cd ${repository} && ${folder}/coop/bin/coop plan`]);
    expect(existsSync(join(folder, "run/coop/podman.sock"))).toBe(true);
    const handed = await controllers();
    const missing = (["memory", "cpu", "pids"] as const).filter((each) => !handed.includes(each));
    expect(planned.code, planned.text).toBe(missing.length === 0 ? 0 : 3);
    for (const each of missing) expect(planned.text).toContain(`a limit on \`${each.replace(/^cpu$/, "cpus")}\``);
  });
});

// By the kernel: an ordinary user has what was handed down in the second version, and nothing of the first.
async function controllers(): Promise<readonly string[]> {
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers")) return [];
  const { out } = await asUser(["sh", "-c", "cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/cgroup.controllers"]);
  return out.trim().split(/\s+/);
}
