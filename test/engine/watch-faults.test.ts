import { expect, it } from "vitest";
import { fileScope } from "../e2e/support/scope.ts";
import { CrashBench } from "../faults/crash-points.ts";
import { forbiddenDoors } from "../faults/forbidden.ts";
import { SCENARIOS } from "../faults/scenarios.ts";
import { seeded } from "../faults/shuffle.ts";

const scope = fileScope();
// The same sample in every run, so that a red one is about the change; the long tests draw others.
const SAMPLE = 590444958;
const seed = Number(process.env["COOP_FAULT_SEED"] || SAMPLE);

it(
  `coop watch mends what a fault at any of its calls has left (COOP_FAULT_SEED=${seed})`,
  { timeout: 900_000 },
  async () => {
    const bench = await CrashBench.open(scope, await forbiddenDoors(scope));
    const next = seeded(seed);
    const failed: string[] = [];
    for (const [name, kind] of [
      ["fresh apply", "kill-after"],
      ["change", "kill-before"],
      ["change back", "lose-answer"],
      ["replace", "kill-after"],
    ] as const) {
      const scenario = SCENARIOS.find((each) => each.name === name);
      if (scenario === undefined) throw new Error(`no scenario ${name}`);
      const at = 1 + Math.floor(next() * scenario.calls);
      const { key, wrong } = await bench.tryWatch({ scenario, at, fault: { kind } });
      if (wrong.length > 0) failed.push(`${name}, ${kind} at ${key}:\n${wrong.join("\n")}`);
    }
    expect(failed.join("\n\n")).toBe("");
  },
);
