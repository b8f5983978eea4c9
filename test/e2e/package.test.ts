import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { must, run } from "./support/command.ts";
import { images } from "./support/containers.ts";
import { packed } from "./support/package.ts";
import { aProject } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();
let folder: string;
let coop: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coop-package-"));
  scope.later(() => rmSync(folder, { recursive: true, force: true }));
  const tarball = await packed(scope);
  mkdirSync(join(folder, "lib"));
  await must(["tar", "-xzf", tarball, "-C", join(folder, "lib")]);
  coop = join(folder, "lib/package/bin/coop");
});

it("holds what it needs and nothing of how it is made", async () => {
  const files = (await must(["find", ".", "-type", "f"], { cwd: join(folder, "lib/package") })).trim().split("\n");
  const tops = new Set(files.map((each) => each.split("/")[1] ?? ""));
  expect([...tops].toSorted()).toEqual(["README.md", "bin", "dist", "package.json", "providers", "schema"]);
  expect(files.filter((each) => /\.ts$|\.map$|\.env|images\.json|-built$/.test(each))).toEqual([]);
});

it("runs by itself, without its dependencies and without a checkout: version, validate, compile, plan, apply", async () => {
  const project = await aProject(scope, {
    agents: { one: { run: "shell", egress: ["api"], resources: { memory: "128MiB" } } },
    egress: { rules: [{ name: "api", host: "api.example.com" }] },
  });
  const env = { HOME: folder, COOP_BASE_IMAGE: images().base };
  const packaged = (...args: readonly string[]) => run([coop, ...args], { cwd: project.root, env });
  expect((await packaged("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await packaged("validate")).toMatchObject({
    code: 0,
    out: "coop.yaml is valid: 1 agent, 0 services, 1 egress rule.\n",
  });
  expect((await packaged("compile")).out).toContain("container:sandbox.one.0");
  expect((await packaged("plan", "--detailed-exitcode")).code).toBe(2);
  const applied = await packaged("apply", "--yes");
  expect(applied.code, applied.text).toBe(0);
  expect((await packaged("plan", "--detailed-exitcode")).code).toBe(0);
  const destroyed = await packaged("destroy", "--yes", "--delete-data");
  expect(destroyed.code, destroyed.text).toBe(0);
});
