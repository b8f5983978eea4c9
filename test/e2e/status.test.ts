import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import type { Condition } from "../../src/plan/conditions.ts";
import { eventually, must } from "./support/command.ts";
import { inspect } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

interface StatusJson {
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
