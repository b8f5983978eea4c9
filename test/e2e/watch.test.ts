import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pause, recreate } from "../support/by-hand.ts";
import { eventually, must, run } from "./support/command.ts";
import { inspect } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";
import { watchIn } from "./support/watcher.ts";

const scope = fileScope();

const idle = { workspace: "none" };
const rules = ["one", "two"].map((name) => ({ name, host: `${name}.allowed.test` }));
const file = (agents: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  agents,
  egress: { rules },
});

const startedAt = async (project: Project, path: string): Promise<string> =>
  (await inspect(project.named(path))).State.StartedAt;

const isRunning = async (project: Project, path: string): Promise<boolean> => {
  const report = await inspect(project.named(path)).catch(() => null);
  return report?.State.Status === "running";
};

describe("coop watch", () => {
  it("makes what a save asks for, heals what hands do, and ends with the sandboxes running", async () => {
    const project = await aProject(scope, { agents: { one: idle, two: idle } });
    const watch = watchIn(scope, project);
    await watch.converged();
    const two = await startedAt(project, "sandbox.two.0");

    project.write({ agents: { one: { ...idle, environment: { MODE: "other" } }, two: idle } });
    await watch.until("the edit is made", () => watch.done().includes("replace container:sandbox.one.0"));
    await watch.converged();
    expect((await inspect(project.named("sandbox.one.0"))).Config.Env).toContain("MODE=other");
    expect(await startedAt(project, "sandbox.two.0")).toBe(two);

    await must(["docker", "kill", project.named("sandbox.one.0")]);
    await eventually("the killed one runs again", () => isRunning(project, "sandbox.one.0"));
    await pause(project.named("sandbox.two.0"));
    await eventually("the paused one goes on", () => isRunning(project, "sandbox.two.0"));
    await must(["docker", "rm", "-f", project.named("sandbox.two.0")]);
    await eventually("the removed one is there again", () => isRunning(project, "sandbox.two.0"));

    await watch.converged();
    expect(await watch.stop()).toBe(130);
    expect(watch.said()).toContain("go on running");
    expect(await isRunning(project, "sandbox.one.0")).toBe(true);
  });

  it("closes a sandbox that somebody opened to a network, and one that lost its hardening, at once", async () => {
    const project = await aProject(scope, { agents: { one: idle, two: idle } });
    const watch = watchIn(scope, project);
    await watch.converged();
    const isClosed = async (path: string): Promise<boolean> => {
      const report = await inspect(project.named(path)).catch(() => null);
      if (report === null || report.State.Status !== "running") return false;
      return (
        Object.keys(report.NetworkSettings.Networks).join() === "none" && report.HostConfig["ReadonlyRootfs"] === true
      );
    };
    const doneTo = (id: string): number => watch.done().filter((each) => each.endsWith(` ${id}`)).length;
    // It may be healed before the other hand has even started it.
    const reopen = (path: string, host: Readonly<Record<string, unknown>>): Promise<void> =>
      recreate(project.named(path), ({ Config, HostConfig }) => ({
        Config,
        HostConfig: { ...HostConfig, ...host },
      })).catch((error: unknown) => expect(String(error)).toMatch(/removal|No such container|in use/));
    await reopen("sandbox.one.0", { NetworkMode: "bridge" });
    await eventually("it is closed again", () => isClosed("sandbox.one.0"));
    await eventually("it says so", () => doneTo("container:sandbox.one.0") > 1);
    await reopen("sandbox.two.0", { ReadonlyRootfs: false });
    await eventually("it is hardened again", () => isClosed("sandbox.two.0"));
    await eventually("it says so", () => doneTo("container:sandbox.two.0") > 1);
    await watch.converged();
    expect(await watch.stop("SIGTERM")).toBe(0);
  });

  it("keeps the last good world on a wrong, a half-written, an empty and a missing file, and says so", async () => {
    const project = await aProject(scope, { agents: { one: idle, two: idle } });
    const watch = watchIn(scope, project);
    await watch.converged();
    const path = join(project.root, "coop.yaml");
    const before = [await startedAt(project, "sandbox.one.0"), await startedAt(project, "sandbox.two.0")];
    const wrong: readonly (readonly [string, () => void])[] = [
      ["no YAML", () => writeFileSync(path, "agents: {{")],
      ["an unknown field", () => writeFileSync(path, "version: coop/v1\nagnets: {}\n")],
      ["nothing in it", () => writeFileSync(path, "")],
      ["no file", () => rmSync(path)],
    ];
    for (const [what, write] of wrong) {
      write();
      await watch.until(`${what} is refused`, (line) => line.phase === "blocked" && line.file.state === "refused");
      expect(watch.last()?.file.diagnostics).not.toEqual([]);
      project.write({ agents: { one: idle, two: idle } });
      await watch.converged();
    }
    writeFileSync(path, "agents: {{");
    await watch.until("it is refused", (line) => line.file.state === "refused");
    await must(["docker", "rm", "-f", project.named("sandbox.two.0")]);
    await eventually("drift is healed by the last good file", () => isRunning(project, "sandbox.two.0"));
    expect(await startedAt(project, "sandbox.one.0")).toBe(before[0]);
    await watch.stop();
  });

  it("holds a file that empties the project, or renames it, until a person applies it", async () => {
    const project = await aProject(scope, { agents: { one: idle } });
    const watch = watchIn(scope, project);
    await watch.converged();
    const one = await startedAt(project, "sandbox.one.0");
    for (const emptied of [
      { agents: {} },
      { agents: { other: idle } },
      { project: `${project.name}-x`, agents: { one: idle } },
    ]) {
      project.write(emptied);
      await watch.until("it is held", (line) => line.phase === "blocked" && line.file.state === "held");
      expect(watch.last()?.held.command).toBe("coop apply");
      expect(await startedAt(project, "sandbox.one.0")).toBe(one);
    }
    project.write({ agents: {} });
    await watch.until("it is held", (line) => line.file.message.includes("none of the agents"));
    const applied = await project.coop(["apply", "--yes"]);
    expect(applied.code, applied.text).toBe(0);
    await watch.converged();
    expect((await run(["docker", "inspect", project.named("sandbox.one.0")])).code).not.toBe(0);
    await watch.stop();
  });

  it("tightens by itself, and holds what loosens until a person applies it", async () => {
    const project = await aProject(scope, file({ one: { ...idle, egress: ["one", "two"] }, two: idle }));
    await project.apply();
    const watch = watchIn(scope, project);
    await watch.converged();
    const reach = async (): Promise<string> => (await project.coop(["plan", "--json"])).out;
    const one = await startedAt(project, "sandbox.one.0");

    project.write(file({ one: { ...idle, egress: ["one"] }, two: idle }));
    await watch.until("it is tightened", () => watch.done().includes("update policy:rules"));
    await watch.converged();
    expect(JSON.parse(await reach()).changes).toEqual([]);
    expect(await startedAt(project, "sandbox.one.0")).toBe(one);

    project.write(file({ one: { ...idle, egress: ["two"] }, two: { ...idle, unsafe: { writableRoot: true } } }));
    await watch.until("it is held", (line) => line.phase === "blocked" && line.held.reach.length > 0);
    expect(watch.last()?.held.reach.map((each) => each.text)).toEqual(["one may reach https://two.allowed.test:443"]);
    expect(watch.last()?.objects.find((each) => each.id === "container:sandbox.two.0")).toMatchObject({
      state: "held",
      reason: "loosens",
    });
    await must(["docker", "kill", project.named("sandbox.two.0")]);
    await eventually("what is held is healed as it was", () => isRunning(project, "sandbox.two.0"));
    expect((await inspect(project.named("sandbox.two.0"))).HostConfig["ReadonlyRootfs"]).toBe(true);

    const applied = await project.coop(["apply", "--yes"]);
    expect(applied.code, applied.text).toBe(0);
    await watch.converged();
    expect((await inspect(project.named("sandbox.two.0"))).HostConfig["ReadonlyRootfs"]).toBe(false);
    await watch.stop();
  });

  it("gives a sandbox another gateway and another forwarder, and its work goes on", async () => {
    const project = await aProject(scope, file({ one: { ...idle, egress: ["one"] } }));
    await project.apply();
    const watch = watchIn(scope, project);
    await watch.converged();
    const one = await startedAt(project, "sandbox.one.0");
    for (const path of ["gateway", "forwarder.sandbox.one.0"]) {
      const { Id } = await inspect(project.named(path));
      // The engine may fail to remove what is being read at that moment; it is dead all the same.
      await run(["docker", "rm", "-f", Id]);
      await eventually(`another ${path} is there`, async () => {
        const found = await inspect(project.named(path)).catch(() => null);
        return found?.State.Status === "running" && found.Id !== Id;
      });
      await watch.converged();
    }
    expect(await startedAt(project, "sandbox.one.0")).toBe(one);
    await watch.stop();
  });

  it("names a crash loop and an end for want of memory, and starts less and less often", async () => {
    const project = await aProject(scope, {
      agents: { bad: { ...idle, run: ["sh", "-c", "exit 3"], restart: "always" }, good: idle },
    });
    const watch = watchIn(scope, project);
    await watch.until("the loop is named", (line) =>
      line.objects.some((each) => each.id === "container:sandbox.bad.0" && each.reason === "CrashLoop"),
    );
    const bad = watch.last()?.objects.find((each) => each.id === "container:sandbox.bad.0");
    expect(bad?.message).toMatch(/ended with 3/);
    expect(watch.last()?.objects.find((each) => each.id === "container:sandbox.good.0")?.state).toBe("ready");
    await watch.stop();
  });

  it("takes turns with another watch and with apply, and another begins where a killed one ended", async () => {
    const project = await aProject(scope, { agents: { one: idle } });
    const watches = [watchIn(scope, project), watchIn(scope, project)];
    await Promise.all(watches.map((each) => each.converged()));
    project.write({ agents: { one: { ...idle, environment: { MODE: "x" } }, two: idle } });
    await eventually("both say converged", async () => {
      return (await isRunning(project, "sandbox.two.0")) && watches.every((each) => each.last()?.phase === "converged");
    });
    const applied = await project.coop(["apply", "--yes"]);
    expect(applied.code, applied.text).toBe(0);
    expect(
      (await must(["docker", "ps", "-aq", "--filter", `label=coop.dev/project=${project.name}`])).trim().split("\n"),
    ).toHaveLength(2);
    for (const command of ["destroy", "down"]) {
      const refused = await project.coop([command, "--yes"]);
      expect(refused.code).toBe(1);
      expect(refused.err).toMatch(/error LOCKED: `coop watch` \(pid \d+\) keeps the project/);
    }
    await Promise.all(watches.map((each) => each.stop("SIGKILL")));
    project.write({ agents: { one: idle, two: idle } });
    const next = watchIn(scope, project);
    await next.until("the edit is made", () => next.done().includes("replace container:sandbox.one.0"));
    await next.converged();
    await next.stop();
  });

  it("hears of every way to save, and of a thousand saves it makes the last", async () => {
    const project = await aProject(scope, { agents: { one: idle } });
    const watch = watchIn(scope, project);
    await watch.converged();
    const path = join(project.root, "coop.yaml");
    const text = (mode: string): string =>
      JSON.stringify({
        version: "coop/v1",
        project: project.name,
        agents: { one: { ...idle, environment: { MODE: mode } } },
      });
    const mode = async (): Promise<string> =>
      (await inspect(project.named("sandbox.one.0")).catch(() => null))?.Config.Env?.find((each) =>
        each.startsWith("MODE="),
      ) ?? "";
    const ways: readonly (readonly [string, () => void])[] = [
      ["in place", () => writeFileSync(path, text("in place"))],
      [
        "a rename",
        () => {
          writeFileSync(`${path}.tmp`, text("a rename"));
          renameSync(`${path}.tmp`, path);
        },
      ],
      [
        "a swapped link",
        () => {
          writeFileSync(join(project.root, "..data-1"), text("a swapped link"));
          symlinkSync("..data-1", join(project.root, "..tmp"));
          renameSync(join(project.root, "..tmp"), path);
        },
      ],
      ["behind a link", () => writeFileSync(join(project.root, "..data-1"), text("behind a link"))],
    ];
    for (const [way, save] of ways) {
      save();
      await eventually(`${way} is seen`, async () => (await mode()) === `MODE=${way}`);
      await watch.converged();
    }
    const passes = watch.last()?.counters.passes ?? 0;
    for (let save = 0; save < 1000; save += 1) {
      writeFileSync(path, save % 7 === 3 ? text(`${save}`).slice(0, 40) : text(`${save}`));
      if (save % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await eventually("the last save is made", async () => (await mode()) === "MODE=999");
    await watch.converged();
    expect((watch.last()?.counters.passes ?? 0) - passes).toBeLessThan(60);
    await watch.stop();
  });

  it("stops a member of a fleet when its time is over, with its work saved, and gives its place to the next", async () => {
    const run = [
      "sh",
      "-c",
      "echo done > work.txt; git add work.txt; git -c user.name=a -c user.email=a@b commit -qm Work; sleep infinity",
    ];
    const project = await aProject(scope, {
      agents: { worker: { run, restart: "always" } },
      fleets: { crew: { agent: "worker", replicas: 2, maxParallel: 1, budget: { wall: "8s" } } },
    });
    const watch = watchIn(scope, project);
    const standing = (replica: number): string | undefined =>
      watch.last()?.objects.find((each) => each.id === `container:sandbox.crew.${replica}`)?.reason;
    await watch.until("both have had their time", () => standing(0) === "BudgetSpent" && standing(1) === "BudgetSpent");
    await watch.converged();
    for (const replica of [0, 1]) {
      await eventually("it is stopped", async () => !(await isRunning(project, `sandbox.crew.${replica}`)));
      expect(
        await project.git("for-each-ref", `refs/coop/${project.name}/crew${replica === 0 ? "" : ".1"}/heads`),
      ).toContain("refs/coop/");
    }
    const [first, second] = [
      await inspect(project.named("sandbox.crew.0")),
      await inspect(project.named("sandbox.crew.1")),
    ];
    expect(Date.parse(second.State.StartedAt) - Date.parse(first.State.StartedAt)).toBeGreaterThan(7000);
    await watch.stop();
  });
});
