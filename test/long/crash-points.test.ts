import { appendFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fileScope } from "../e2e/support/scope.ts";
import { CrashBench } from "../faults/crash-points.ts";
import type { Outcome, Point } from "../faults/crash-points.ts";
import type { Fault } from "../faults/fault.ts";
import { forbiddenDoors } from "../faults/forbidden.ts";
import { SCENARIOS } from "../faults/scenarios.ts";
import type { Scenario } from "../faults/scenarios.ts";
import { seeded, shuffled } from "../faults/shuffle.ts";

const LONGEST_MS = 8 * 3_600_000;
const FAULTS = ["kill-before", "kill-after", "lose-answer"] as const;

/** Only points whose line (`scenario, fault at call`) holds this. */
const ONLY = process.env["COOP_POINTS"] ?? "";
/** Only these scenarios, by name, with a comma between; none = all. */
const WHICH = (process.env["COOP_SCENARIOS"] ?? "").split(",").filter((each) => each !== "");
/** How many projects side by side. */
const WORKERS = Number(process.env["COOP_WORKERS"] || 2);
/** After so many minutes no further point is begun. */
const MINUTES = Number(process.env["COOP_MINUTES"] || 480);
/** Where a line for each point goes; absent = standard output. */
const LOG = process.env["COOP_POINTS_LOG"] ?? "/dev/stdout";

const scope = fileScope();

it("one apply mends what a fault at any call of any scenario has left", { timeout: LONGEST_MS }, async () => {
  const doors = await forbiddenDoors(scope);
  await doors.control();
  const deadline = Date.now() + MINUTES * 60_000;
  const benches = await Promise.all(Array.from({ length: WORKERS }, () => CrashBench.open(scope, doors)));
  const queue = [...pairs()];
  const outcomes: Outcome[] = [];
  const work = async (bench: CrashBench): Promise<void> => {
    for (let pair = queue.shift(); pair !== undefined; pair = queue.shift()) {
      const lists: (readonly Point[])[] = [];
      for (const scenario of pair) lists.push(await pointsOf(bench, scenario));
      // By turns there and back.
      const longest = Math.max(...lists.map((each) => each.length));
      for (let at = 0; at < longest; at += 1)
        for (const point of lists.flatMap((list) => list[at] ?? [])) {
          if (Date.now() > deadline) return;
          const outcome = await bench.try(point);
          outcomes.push(outcome);
          appendFileSync(LOG, `${lineOf(outcome)}\n`);
        }
    }
  };
  await Promise.all(benches.map(work));
  const failed = outcomes.filter(({ wrong }) => wrong.length > 0);
  const reached = outcomes.filter((each) => each.reached).length;
  const samples = benches.reduce((sum, each) => sum + each.samples, 0);
  appendFileSync(
    LOG,
    `${outcomes.length} points tried, ${reached} of them reached, ${outcomes.length - failed.length} passed; ${samples} raw reports seen from outside\n`,
  );
  expect(failed.map(lineOf).join("\n")).toBe("");
});

/** Ways with their ways back. */
function pairs(): readonly (readonly Scenario[])[] {
  const chosen = SCENARIOS.filter(({ name }) => WHICH.length === 0 || WHICH.includes(name));
  const back = chosen.filter(({ name }) => name.endsWith(" back"));
  return chosen
    .filter((each) => !back.includes(each))
    .map((scenario) => [scenario, ...back.filter(({ name }) => name === `${scenario.name} back`)]);
}

async function pointsOf(bench: CrashBench, scenario: Scenario): Promise<readonly Point[]> {
  const keys = await bench.record(scenario);
  const points = keys.flatMap((at) => {
    const kinds: readonly Fault["kind"][] = at.startsWith("PUT ") ? [...FAULTS, "kill-amid"] : FAULTS;
    return kinds.map((kind) => ({ scenario, at, fault: { kind } }) as Point); // none of these kinds says more
  });
  // In an order that says nothing, so that a run which ends early has tried a fair share.
  return shuffled(points, seeded(1)).filter(({ scenario, at, fault }) =>
    `${scenario.name}, ${fault.kind} at ${at}`.includes(ONLY),
  );
}

function lineOf({ point, key, reached, wrong }: Outcome): string {
  const verdict = wrong.length > 0 ? `FAILED\n${wrong.join("\n")}` : reached ? "passed" : "passed (not reached)";
  return `${point.scenario.name}, ${point.fault.kind} at ${key}: ${verdict}`;
}
