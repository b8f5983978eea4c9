import { spawn } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { COOP } from "../e2e/support/project.ts";
import { fileScope } from "../e2e/support/scope.ts";
import { eventually } from "../e2e/support/command.ts";
import { Contest, applying, contestRounds, untruthful } from "../faults/concurrent-applies.ts";

const scope = fileScope();
// test/long/concurrency has two hundred rounds.
const ROUNDS = 5;
const seed = Number(process.env["COOP_FAULT_SEED"] || Math.floor(Math.random() * 2 ** 31));

describe("several coops at the same time", () => {
  let contest: Contest;
  beforeAll(async () => {
    contest = await Contest.open(scope, 4);
  });

  it(`end as one of their files entirely (COOP_FAULT_SEED=${seed})`, async () => {
    expect(await contestRounds(contest, ROUNDS, seed)).toEqual([]);
  });

  it.for(["destroy", "down"])("end where one apply mends everything: apply against %s", async (other) => {
    const against = [other, "--yes", "-f", "file-1.yaml"];
    const ended = await Promise.all([contest.project.coop(applying(0)), contest.project.coop(against)]);
    expect(ended.flatMap((ran, index) => untruthful(["apply", other][index] ?? "", ran))).toEqual([]);
    expect(await contest.mends(1)).toEqual([]);
  });

  it("take over from one that was killed in its work", async () => {
    expect(await contest.mends(0)).toEqual([]);
    const child = spawn(COOP, applying(1), {
      cwd: contest.project.root,
      env: { ...process.env, ...contest.project.environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const gone = new Promise((resolve) => child.on("close", resolve));
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    await eventually("it works", () => / (creat|delet|replac|updat)\w+ /.test(said) || child.exitCode !== null);
    child.kill("SIGKILL");
    const next = contest.project.coop(applying(2));
    await gone;
    expect(untruthful("the next", await next)).toEqual([]);
    expect(await contest.mends(2)).toEqual([]);
    expect(contest.samples).toBeGreaterThan(50);
  });
});
