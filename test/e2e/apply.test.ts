import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "./support/command.ts";
import { anOrdinaryContainer, images, inspect } from "./support/containers.ts";
import { aProject } from "./support/project.ts";
import type { Project } from "./support/project.ts";
import { fileScope } from "./support/scope.ts";

const scope = fileScope();

const agents = (mode: string) => ({
  one: { workspace: "none", environment: { MODE: mode } },
  two: { workspace: "none" },
});

describe("a saved plan", () => {
  let project: Project;
  let saved: string;

  beforeAll(async () => {
    project = await aProject(scope, { agents: agents("first") });
    saved = join(project.root, "..", "plan.json");
  });

  const save = async (): Promise<void> => {
    const planned = await project.coop(["plan", "--out", saved]);
    expect(planned.code, planned.text).toBe(0);
  };
  const applySaved = () => project.coop(["apply", "--plan", saved]);
  const started = async (): Promise<readonly string[]> =>
    Promise.all(
      ["sandbox.one.0", "sandbox.two.0"].map(async (each) => {
        const { Id, State } = await inspect(project.named(each));
        return `${Id} ${State.StartedAt}`;
      }),
    );

  it("that was made for an empty world is refused when somebody has applied meanwhile", async () => {
    await save();
    await project.apply();
    const before = await started();
    const refused = await applySaved();
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("error STALE_PLAN");
    expect(refused.err).toContain(`coop plan --out ${saved}`);
    expect(await started()).toEqual(before);
  });

  it("is refused when the file was edited behind it", async () => {
    project.write({ agents: agents("second") });
    await save();
    project.write({ agents: agents("third") });
    const before = await started();
    expect(await applySaved()).toMatchObject({ code: 1, err: expect.stringContaining("STALE_PLAN") });
    expect(await started()).toEqual(before);
  });

  it("is refused when the world has moved behind it", async () => {
    await save();
    await run(["docker", "kill", project.named("sandbox.two.0")]);
    const before = await started();
    expect(await applySaved()).toMatchObject({ code: 1, err: expect.stringContaining("STALE_PLAN") });
    expect(await started()).toEqual(before);
  });

  it("is carried out without a question when nothing has moved, once", async () => {
    await save();
    const applied = await applySaved();
    expect(applied.code, applied.text).toBe(0);
    expect((await inspect(project.named("sandbox.one.0"))).Config.Env).toContain("MODE=third");
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
    expect(await applySaved()).toMatchObject({ code: 1, err: expect.stringContaining("STALE_PLAN") });
  });

  it("is refused when it was tampered with, is of another version, is no plan, or is not there", async () => {
    await save();
    const plan = JSON.parse(readFileSync(saved, "utf8"));
    const before = await started();
    const texts = [
      JSON.stringify({ ...plan, fingerprint: `sha256:${"0".repeat(64)}` }),
      JSON.stringify({ ...plan, version: 2 }),
      "[]",
      "not JSON",
    ];
    for (const text of texts) {
      writeFileSync(saved, text);
      expect(await applySaved()).toMatchObject({ code: 1, err: expect.stringContaining("error STALE_PLAN") });
    }
    const absent = await project.coop(["apply", "--plan", `${saved}.absent`]);
    expect(absent).toMatchObject({ code: 1, err: expect.stringContaining("error FILE_UNREADABLE") });
    expect(await started()).toEqual(before);
  });
});

describe("somebody else's object under one of our names", () => {
  it("fails alone: the rest converges, and the ending and its JSON say which", async () => {
    const project = await aProject(scope, { agents: agents("first") });
    const name = project.named("sandbox.one.0");
    const squatter = await anOrdinaryContainer(scope, { network: "none" });
    await run(["docker", "rename", squatter, name]);
    const before = await inspect(name);
    const applied = await project.coop(["apply", "--yes", "--json"]);
    expect(applied.code, applied.text).toBe(1);
    const { converged, results, plan } = JSON.parse(applied.out);
    expect(converged).toBe(false);
    expect(plan.foreign).toEqual([{ name, id: "container:sandbox.one.0", blocks: true }]);
    expect(results).toMatchObject({
      "container:sandbox.one.0": { outcome: "failed", code: "FOREIGN_OBJECT" },
      "container:sandbox.two.0": { outcome: "done" },
    });
    expect(applied.err).toContain(name);
    const after = await inspect(name);
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
    expect((await inspect(project.named("sandbox.two.0"))).State.Status).toBe("running");
    await run(["docker", "rm", "-f", name]);
    expect(await project.apply()).toContain("create");
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
  });
});

describe("coop plan --json", () => {
  it("follows its schema, also for what is foreign, published and reached", async () => {
    const validate = new Ajv({ strict: true }).compile(
      JSON.parse(readFileSync(resolve("schema/plan.v1.schema.json"), "utf8")),
    );
    const project = await aProject(scope, {
      agents: { one: { run: "shell", egress: ["api"], ports: [39_999] }, two: { workspace: "none" } },
      egress: { rules: [{ name: "api", host: "api.example.com" }] },
      services: { db: { image: images().redis } },
    });
    const squatter = await anOrdinaryContainer(scope, { network: "none" });
    await run(["docker", "rename", squatter, project.named("sandbox.two.0")]);
    const planned = await project.coop(["plan", "--json"]);
    expect(planned.code, planned.text).toBe(0);
    const plan = JSON.parse(planned.out);
    expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
    expect([plan.foreign.length, plan.ports.length, plan.reach.length > 0]).toEqual([1, 1, true]);
  });
});
