import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { expect, it } from "vitest";
import { must } from "../e2e/support/command.ts";
import { aProject } from "../e2e/support/project.ts";
import { fileScope } from "../e2e/support/scope.ts";

const QUICKSTART = resolve(import.meta.dirname, "../../examples/quickstart/app");
const ROUNDS = 100;
// A bound for what hangs: a busy machine takes some seconds a round.
const LONGEST_MS = 1_800_000;

const scope = fileScope();

it(
  `changes no container in ${ROUNDS} applies of the quickstart's file`,
  async () => {
    // The quickstart's own file; only the project's name is the test's, so that two runs do not meet.
    const { version: _, project: __, ...file } = parse(readFileSync(join(QUICKSTART, "coop.yaml"), "utf8"));
    const files = { "tools/agent.mjs": readFileSync(join(QUICKSTART, "tools/agent.mjs"), "utf8") };
    const project = await aProject(scope, file, { files });
    await project.coop(["apply", "--yes"]);
    const ids = (): Promise<string> =>
      must(["docker", "ps", "--all", "--no-trunc", "--quiet", "--filter", `label=coop.dev/project=${project.name}`]);
    const before = (await ids()).split("\n").toSorted();
    expect(before.length).toBeGreaterThan(5);
    for (let round = 0; round < ROUNDS; round += 1) {
      const applied = await project.coop(["apply", "--yes"]);
      expect(applied.code, applied.text).toBe(0);
      expect(applied.text).toContain("Nothing to do");
    }
    expect((await ids()).split("\n").toSorted()).toEqual(before);
    expect((await project.coop(["plan", "--detailed-exitcode"])).code).toBe(0);
  },
  LONGEST_MS,
);
