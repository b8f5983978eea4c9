import { expect, it } from "vitest";
import { fileScope } from "../e2e/support/scope.ts";
import { CrashBench } from "../faults/crash-points.ts";
import type { Point } from "../faults/crash-points.ts";
import type { Fault } from "../faults/fault.ts";
import { forbiddenDoors } from "../faults/forbidden.ts";
import { SCENARIOS } from "../faults/scenarios.ts";
import { seeded, shuffled } from "../faults/shuffle.ts";

/** All points are tried by test/long/crash-points; a sample here: one a scenario, and some more of the longest. */
const MORE = ["fresh apply", "destroy"];

const FAULTS: readonly Fault[] = [
  { kind: "kill-before" },
  { kind: "kill-amid" },
  { kind: "kill-after" },
  { kind: "lose-answer" },
  { kind: "cut-answer" },
  { kind: "delay", ms: 2000 },
  { kind: "refuse", status: 409 },
  { kind: "refuse", status: 429, retryAfter: 1 },
  { kind: "refuse", status: 500 },
  { kind: "refuse", status: 503 },
];

const scope = fileScope();

// COOP_FAULT_SEED replays a sample; the message of a failure names the very call.
// The same sample in every run, so that a red one is about the change; the long tests draw others.
const SAMPLE = 1702166707;
const seed = Number(process.env["COOP_FAULT_SEED"] || SAMPLE);

it(
  `one apply mends whatever a fault at any call has left (COOP_FAULT_SEED=${seed})`,
  { timeout: 900_000 },
  async () => {
    const doors = await forbiddenDoors(scope);
    await doors.control();
    const bench = await CrashBench.open(scope, doors);
    const next = seeded(seed);
    const faults = shuffled(FAULTS, next);
    const more = MORE.flatMap((name) => SCENARIOS.filter((each) => each.name === name));
    // Every way there is followed by the way back, so that no apply is spent on going to where the next one begins.
    const points = [...SCENARIOS, ...more].map((scenario, index): Point => {
      const fault = faults[index % faults.length] ?? { kind: "kill-after" };
      return { scenario, at: 1 + Math.floor(next() * scenario.calls), fault };
    });
    const failed: string[] = [];
    for (const point of points) {
      const { key, wrong } = await bench.try(point);
      if (wrong.length > 0) failed.push(`${point.scenario.name}, ${point.fault.kind} at ${key}:\n${wrong.join("\n")}`);
    }
    expect(failed.join("\n\n")).toBe("");
    expect(bench.samples, "looked at from outside").toBeGreaterThan(200);
  },
);
