import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { must, run } from "./support/command.ts";
import { images, inspect, shell } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

const IDENTITY = "-c user.name=Agent -c user.email=agent@example.org";

/** The agent commits one file. */
async function work(project: Project, file: string): Promise<void> {
  const said = await shell(
    project.named("sandbox.coder.0"),
    `cd "$PWD" && echo done > ${file} && git add ${file} && git ${IDENTITY} commit -qm Work && echo committed`,
  );
  expect(said).toContain("committed");
}

async function fetched(project: Project, file: string): Promise<void> {
  const ran = await project.coop(["fetch", "coder"]);
  expect(ran.code, ran.text).toBe(0);
  expect(await project.git("show", `refs/coop/${project.name}/coder/heads/main:${file}`)).toBe("done\n");
}

describe("what the host remembers of a workspace", () => {
  it("is written before the sandbox starts: one that cannot be remembered is not started", async () => {
    const project = await aProject(scope, { agents: { coder: { run: "shell" } } });
    const views = join(project.root, ".git/coop/views");
    mkdirSync(join(views, ".."), { recursive: true });
    writeFileSync(views, "in the way");
    const refused = await project.coop(["apply", "--yes"]);
    expect(refused.code, refused.text).toBe(1);
    expect(refused.err).toContain("container:sandbox.coder.0: error");
    expect(refused.err).toContain("a part of its path is no folder");
    expect((await inspect(project.named("sandbox.coder.0"))).State.Status).toBe("created");
    rmSync(views);
    await project.apply();
    await work(project, "one.txt");
    await fetched(project, "one.txt");
  });

  it("keeps its commit, also when the branch is amended and everything else is collected", async () => {
    const project = await aProject(scope, {
      agents: { coder: { run: "shell" } },
    });
    const base = (await project.git("rev-parse", "HEAD")).trim();
    await project.apply();
    const refs = () => project.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/coop");
    expect(await refs()).toBe(`${base} refs/coop/${project.name}/coder/base\n`);
    await work(project, "one.txt");
    await project.git("commit", "-q", "--amend", "-m", "Amended");
    await project.git("reflog", "expire", "--expire=now", "--all");
    await project.git("gc", "-q", "--prune=now");
    await fetched(project, "one.txt");
    const destroyed = await project.coop(["destroy", "--yes", "--delete-data"]);
    expect(destroyed.code, destroyed.text).toBe(0);
    expect(await refs()).not.toContain("/base");
    expect(readdirSync(join(project.root, ".git/coop/views", project.name))).toEqual([]);
  });

  it("fits what is in the volume when coop was killed in the middle, and nothing of the first try is left", async () => {
    const project = await aProject(
      scope,
      { agents: { coder: { run: "shell" } } },
      { files: { "first-try.txt": "x\n", "notes/secret-later.txt": "only for me\n" } },
    );
    // Slow enough to be in the middle of.
    for (let at = 0; at < 40; at += 1) writeFileSync(join(project.root, `zz-large-${at}`), Buffer.alloc(8 << 20, at));
    const name = project.named("sandbox.coder.0");
    const killed = spawn(resolve("bin/coop"), ["apply", "--yes"], { cwd: project.root, stdio: "ignore" });
    const ended = new Promise((done) => killed.once("close", done));
    while ((await shellBeside(project, "ls first-try.txt 2>/dev/null")) !== "first-try.txt\n") await sleep(5);
    killed.kill("SIGKILL");
    await ended;
    expect((await inspect(name)).State.Status).toBe("created");
    for (let at = 0; at < 40; at += 1) rmSync(join(project.root, `zz-large-${at}`));
    rmSync(join(project.root, "first-try.txt"));
    project.put({ ".coopignore": "notes/\n" });
    await project.git("add", "-A");
    await project.git("commit", "-q", "-m", "Second");
    await project.apply();
    expect((await shell(name, "ls -A")).trim().split("\n").toSorted()).toEqual([
      ".coopignore",
      ".git",
      "README.md",
      "coop.yaml",
    ]);
    expect(await shell(name, "git status --porcelain")).toBe("");
    await work(project, "one.txt");
    await fetched(project, "one.txt");
  });

  // Looks into the workspace's volume past coop and past the sandbox.
  async function shellBeside(project: Project, line: string): Promise<string> {
    const volume = project.named("workspace.coder.0");
    const command = ["docker", "run", "--rm", "-w", "/v", "-v", `${volume}:/v`, images().base, "sh", "-c", line];
    const there = await run(["docker", "volume", "inspect", volume]);
    return there.code === 0 ? (await run(command)).out : "";
  }
});

describe("a project whose agents reach nothing", () => {
  it("comes up where the image of coop's own processes was never made, and makes none", async () => {
    const base = `coop.local/${scope.unique()}:1`;
    await must(["docker", "tag", images().base, base]);
    scope.later(() => run(["docker", "rmi", base]));
    const file = { agents: { coder: { run: "shell", volumes: ["cache:~/.cache"] } } };
    const project = await aProject(scope, file);
    const applied = await project.coop(["apply", "--yes"], { env: { COOP_BASE_IMAGE: base } });
    expect(applied.code, applied.text).toBe(0);
    expect(applied.text).not.toContain("plumbing");
    expect(await shell(project.named("sandbox.coder.0"), "cat README.md && touch ~/.cache/mine")).toBe(
      "A repository.\n",
    );
  });
});

describe("what looks like a secret in a file that a sandbox can read", () => {
  const VALUE = ["AKIA", "ABCDEFGH12345678"].join("");
  let project: Project;

  beforeAll(async () => {
    project = await aProject(
      scope,
      { agents: { coder: { run: "shell" }, other: { run: "shell", ignore: ["config/**"] } } },
      {
        files: {
          "config/dev.txt": `a\nb\nkey = ${VALUE}\n`,
          "hidden.pem": `${VALUE}\n`,
          ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((at) => [`more/${at}.txt`, `${VALUE}\n`])),
        },
      },
    );
  });

  it("is told by the plan, with its place and never with its value", async () => {
    const planned = await project.coop(["plan"]);
    expect(planned.code, planned.text).toBe(0);
    expect(planned.out).toContain("config/dev.txt:3 looks like it holds an AWS access key");
    expect(planned.out).toMatch(/coder: .*config\/dev\.txt:3/);
    expect(planned.out).not.toMatch(/other: .*config\/dev\.txt/);
    expect(planned.out).toContain("2 more");
    expect(planned.out).not.toContain("hidden.pem");
    expect(planned.text).not.toContain(VALUE);
    const { warnings } = JSON.parse((await project.coop(["plan", "--json"])).out);
    expect(warnings.filter((each: string) => each.includes("config/dev.txt:3"))).toHaveLength(1);
    expect(JSON.stringify(warnings)).not.toContain(VALUE);
  });

  it("is told by apply, and no more once the workspace is there", async () => {
    expect(await project.apply()).toContain("config/dev.txt:3");
    expect((await project.coop(["plan"])).out).not.toContain("config/dev.txt:3");
  });

  it("is told by run, on the side of the conversation", async () => {
    const ran = await project.coop(["run", "--agent", "coder", "--", "echo", "ran"]);
    expect(ran.code, ran.text).toBe(0);
    expect(ran.out).toBe("ran\n");
    expect(ran.err).toContain("config/dev.txt:3");
    expect(ran.text).not.toContain(VALUE);
  });
});
