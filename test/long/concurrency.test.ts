import { expect, it } from "vitest";
import { fileScope } from "../e2e/support/scope.ts";
import { Contest, contestRounds } from "../faults/concurrent-applies.ts";

const ROUNDS = Number(process.env["COOP_ROUNDS"] || 200);
const LONGEST_MS = 4 * 3_600_000;
const seed = Number(process.env["COOP_FAULT_SEED"] || Math.floor(Math.random() * 2 ** 31));

const scope = fileScope();

it(
  `${ROUNDS} rounds of 2 to 8 applies at the same time end as one of their files entirely (COOP_FAULT_SEED=${seed})`,
  { timeout: LONGEST_MS },
  async () => {
    const contest = await Contest.open(scope);
    const failed = await contestRounds(contest, ROUNDS, seed);
    expect(failed.join("\n")).toBe("");
    process.stdout.write(`${ROUNDS} rounds, ${contest.samples} raw reports seen from outside\n`);
  },
);
