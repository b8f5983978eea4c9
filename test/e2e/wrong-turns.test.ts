import { spawn } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { must, run } from "./support/command.ts";
import { images, inspect, shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();
const SMALL = { resources: { memory: "128MiB" } };

describe("a command that is ended half-way", () => {
  // Ends a command at the first line of its that says that something was done.
  async function interrupted(project: Project, args: readonly string[]): Promise<{ code: number; text: string }> {
    const env = { ...process.env, HOME: join(project.root, "../home"), NO_COLOR: "1" };
    const child = spawn(resolve("bin/coop"), args, { cwd: project.root, env, stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (more: string) => {
      if (text === "") child.kill("SIGINT");
      text += more;
    });
    const code = await new Promise<number>((done) => child.once("close", (each) => done(each ?? 137)));
    return { code, text };
  }

  it("says so, leaves what was done, and the next one goes on from there", async () => {
    const agents = Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`a${at}`, { run: "shell", ...SMALL }]));
    const project = await aProject(scope, { agents });
    const ended = await interrupted(project, ["apply", "--yes"]);
    expect(ended.code, ended.text).toBe(130);
    expect(ended.text).toContain("Interrupted. What was done stays; `coop plan` shows what is left.\n");
    expect(ended.text).not.toContain("made a mistake");
    await project.apply();
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
  });

  it("says so while it waits for a service, which goes on starting", async () => {
    const healthcheck = { test: ["CMD-SHELL", "false"], interval: "1s", timeout: "1s", retries: 100 };
    const project = await aProject(scope, { services: { slow: { image: images().redis, healthcheck } } });
    const ended = await interrupted(project, ["up"]);
    expect(ended.code, ended.text).toBe(130);
    expect(ended.text).toContain("Interrupted.");
  });
});

it("two applies at once take turns: both end well, and the world is as the file says", async () => {
  const project = await aProject(scope, {
    agents: { one: { run: "shell", ...SMALL }, two: { run: "shell", ...SMALL } },
  });
  const both = await Promise.all([project.coop(["apply", "--yes"]), project.coop(["apply", "--yes"])]);
  expect(
    both.map((each) => each.code),
    both.map((each) => each.text).join("\n"),
  ).toEqual([0, 0]);
  expect(both.filter((each) => each.err.includes("nothing had to change"))).toHaveLength(1);
  expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
});

describe("a machine that refuses", () => {
  it("is called what it is, and not a mistake of coop's", async () => {
    const project = await aProject(scope, { agents: { one: { run: "shell", ...SMALL } } });
    const tries = [
      project.coop(["plan", "--out", "/dev/full"]),
      project.coop(["plan", "--out", "/nonexistent/plan.json"]),
      project.coop(["plan", "--out", project.root]),
      project.coop(["apply", "--yes"], { env: { XDG_CACHE_HOME: "/dev/null/cache" } }),
    ];
    for (const ran of await Promise.all(tries)) {
      expect(ran.code).toBe(1);
      expect(ran.err).toMatch(/error (FILE_UNREADABLE|SYSTEM_REFUSED): /);
      expect(ran.err).toMatch(/\n {2,}= \S/);
      expect(ran.err).not.toContain("made a mistake");
    }
  });

  it("to write to the repository still gives a sandbox, with a warning, and says where work can go when asked", async () => {
    const project = await aProject(scope, { agents: { one: { run: "shell", ...SMALL } } });
    const root = resolve(import.meta.dirname, "../..");
    // A machine of its own that sees the repository and coop, and may write to neither.
    const toolchain = join(root, "toolchain/node_modules");
    const places = [root, project.root, ...(existsSync(toolchain) ? [realpathSync(toolchain)] : [])];
    const mounts = places.flatMap((path) => ["-v", `${path}:${path}:ro`]);
    const readOnly = (...args: readonly string[]) =>
      run([
        ...["docker", "run", "--rm", "--network", "none", "-v", "/var/run/docker.sock:/var/run/docker.sock", ...mounts],
        ...["-w", project.root, "-e", "HOME=/tmp", "-e", `COOP_BASE_IMAGE=${images().base}`, images().base],
        ...[
          "sh",
          "-c",
          'git config --global --add safe.directory "*"; exec "$@"',
          "sh",
          join(root, "bin/coop"),
          ...args,
        ],
      ]);
    const applied = await readOnly("apply", "--yes");
    expect(applied.code, applied.text).toBe(0);
    expect(applied.err).toContain(`warning: ${project.root} cannot be written`);
    expect(await shell(project.named("sandbox.one.0"), "cat README.md")).toBe("A repository.\n");
    expect((await readOnly("plan", "--detailed-exitcode")).code).toBe(0);
  });
});

describe("a session that never came up", () => {
  it("goes without a trace: there is no work in it to be kept", async () => {
    const project = await aProject(scope, { agents: { one: { run: "shell", ...SMALL } } });
    mkdirSync(join(project.root, ".git/coop"), { recursive: true });
    writeFileSync(join(project.root, ".git/coop/views"), "in the way");
    const ran = await project.coop(["run", "--agent", "one", "--", "echo", "ran"]);
    expect(ran.code, ran.text).toBe(1);
    expect(ran.out).toBe("");
    expect(ran.err).not.toContain("stays");
    const label = `label=coop.dev/project=${project.name}`;
    expect(await must(["docker", "ps", "-aq", "--filter", label, "--filter", "label=coop.dev/session"])).toBe("");
    expect(await must(["docker", "volume", "ls", "-q", "--filter", label])).not.toContain("session");
  });
});

describe("small things", () => {
  it("prints nothing for a sandbox that has printed nothing", async () => {
    const project = await aProject(scope, { agents: { one: { run: "shell", workspace: "none", ...SMALL } } });
    await project.apply();
    expect(await project.coop(["logs"])).toMatchObject({ code: 0, out: "" });
  });

  it("says of work that is not brought back that it is destroyed", async () => {
    const project = await aProject(scope, { agents: { one: { run: "shell", ...SMALL } } });
    await project.apply();
    const destroyed = await project.coop(["destroy", "--yes", "--delete-data"]);
    expect(destroyed.out).toMatch(/volume:workspace\.one\.0 .*DESTROYS DATA/);
    await project.apply();
    project.write({ agents: { two: { run: "shell", workspace: "none", ...SMALL } } });
    const planned = await project.coop(["plan"]);
    expect(planned.out).toMatch(/volume:workspace\.one\.0 .*\(its work is fetched first\)/);
    const applied = await project.coop(["apply", "--yes", "--delete-data"]);
    expect(applied.out).toMatch(/volume:workspace\.one\.0 .*DESTROYS DATA/);
  });

  it("names what it suggests only where it is there", async () => {
    const project = await aProject(scope, {});
    const help = (await project.coop(["--help"])).out;
    const said = await Promise.all([
      project.coop(["plan", "-f", "nope.yaml"]),
      project.coop(["validate"], { cwd: join(project.root, "../home") }),
      project.coop(["exec", "nobody", "--", "ls"]),
      project.coop(["fetch"]),
      project.coop(["apply"]),
    ]);
    for (const { err } of said)
      for (const [, name = ""] of err.matchAll(/`?coop ([a-z]+)/g))
        expect(help, err).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  });

  it("ends with the reader of a pipe", async () => {
    const project = await aProject(scope, { agents: { one: { run: "shell", workspace: "none", ...SMALL } } });
    await project.apply();
    const name = project.named("sandbox.one.0");
    expect((await inspect(name)).State.Status).toBe("running");
    const coop = resolve("bin/coop");
    const line = `"${coop}" exec one -- yes | head -n 1; "${coop}" compile | head -n 1`;
    const ran = await run(["sh", "-c", line], { cwd: project.root, env: { HOME: join(project.root, "../home") } });
    expect(ran).toMatchObject({ code: 0, out: "y\n[\n", err: "" });
  });
});
