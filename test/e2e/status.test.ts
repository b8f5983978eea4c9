import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import type { Condition } from "../../src/plan/conditions.ts";
import { spawn } from "node:child_process";
import { eventually, must } from "./support/command.ts";
import { inspect } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

interface StatusJson {
  readonly watch: { readonly pid: number; readonly phase: string } | null;
  readonly converged: boolean;
  readonly objects: readonly {
    readonly id: string;
    readonly state: string;
    readonly conditions: readonly Condition[];
  }[];
}

it("tells how each agent stands: who runs, who is done, who failed, who took too much, who was touched", async () => {
  const agent = (run: readonly string[], restart: string) => {
    return { run, restart, workspace: "none", resources: { memory: "64MiB" } };
  };
  const project = await aProject(scope, {
    agents: {
      runs: agent(["sleep", "infinity"], "always"),
      done: agent(["true"], "on-failure"),
      failed: agent(["sh", "-c", "sleep 1; exit 3"], "never"),
      greedy: agent(["python3", "-c", "x = [bytearray(1 << 20) for _ in range(500)]"], "never"),
      touched: agent(["sleep", "infinity"], "always"),
    },
  });
  await project.apply();
  await must(["docker", "pause", project.named("sandbox.touched.0")]);
  scope.later(() => must(["docker", "unpause", project.named("sandbox.touched.0")]));
  await eventually(
    "the failing one has failed",
    async () => (await inspect(project.named("sandbox.failed.0"))).State.Status === "exited",
  );
  const status = await project.coop(["status", "--json"]);
  expect(status.code, status.text).toBe(0);
  const told: StatusJson = JSON.parse(status.out);
  const isStatus = new Ajv({ allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(resolve("schema/status.v1.schema.json"), "utf8")),
  );
  expect(isStatus(told), JSON.stringify(isStatus.errors)).toBe(true);
  const of = (name: string): readonly string[] => {
    const found = told.objects.find((each) => each.id === `container:sandbox.${name}.0`);
    const ready = found?.conditions[0];
    expect(Date.parse(ready?.since ?? ""), name).toBeGreaterThan(Date.now() - 600_000);
    return [ready?.reason ?? "", ...(found?.conditions ?? []).filter((each) => each.status).map((each) => each.type)];
  };
  expect(Object.fromEntries(["runs", "done", "failed", "greedy", "touched"].map((name) => [name, of(name)]))).toEqual({
    runs: ["Running", "Ready"],
    done: ["Completed", "Ready"],
    failed: ["Exited"],
    greedy: ["OutOfMemory"],
    touched: ["Paused", "Drifted"],
  });
  expect(told.converged).toBe(false);
  const text = (await project.coop(["status"])).out;
  expect(text).toMatch(/! container:sandbox\.greedy\.0 +killed: out of memory/);
  expect(text).toMatch(/✓ container:sandbox\.done\.0 +Completed/);
});

it("tells what a running watch knows: a loop of ends, and what it holds for a person", async () => {
  const sleeper = { run: ["sleep", "infinity"], workspace: "none", egress: ["one"], resources: { memory: "64MiB" } };
  const looper = { run: ["sh", "-c", "exit 3"], workspace: "none", restart: "always", resources: { memory: "64MiB" } };
  const rules = (...hosts: readonly string[]) => {
    return { rules: hosts.map((host) => ({ name: host.split(".")[0], host })) };
  };
  const project = await aProject(scope, { agents: { sleeper }, egress: rules("one.example.com") });
  await project.apply();
  const wider = { ...sleeper, egress: ["one", "two"] };
  project.write({ agents: { sleeper: wider, looper }, egress: rules("one.example.com", "two.example.com") });
  expect((await project.coop(["status"])).out).not.toContain("Watched");
  const home = `${project.root}/../home`;
  const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: undefined };
  const watch = spawn(resolve("bin/coop"), ["watch"], { cwd: project.root, env, stdio: "ignore" });
  scope.later(() => watch.kill("SIGKILL"));
  const told = async (): Promise<StatusJson> => {
    const ran = await project.coop(["status", "--json"]);
    expect(ran.code, ran.text).toBe(0);
    return JSON.parse(ran.out);
  };
  const of = (status: StatusJson, id: string): readonly Condition[] =>
    status.objects.find((each) => each.id === id)?.conditions ?? [];
  await eventually("the loop is named", async () =>
    of(await told(), "container:sandbox.looper.0").some((each) => each.reason === "CrashLoop"),
  );
  const status = await told();
  expect(status.watch).toMatchObject({ pid: watch.pid });
  expect(of(status, "policy:rules").find((each) => each.type === "Blocked")).toMatchObject({ status: true });
  const text = (await project.coop(["status"])).out;
  expect(text).toContain(`Watched by process ${watch.pid}: `);
  expect(text).toContain("`coop apply` lets through what is held.");
  expect(text).not.toContain("nobody watches");
  const ended = new Promise((done) => watch.once("close", done));
  watch.kill("SIGINT");
  await ended;
  expect((await told()).watch).toBeNull();
});
