import { appendFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fileScope } from "../e2e/support/scope.ts";
import { CrashBench } from "../faults/crash-points.ts";
import type { Usage } from "../faults/crash-points.ts";
import { forbiddenDoors } from "../faults/forbidden.ts";
import { seeded } from "../faults/shuffle.ts";

const MINUTES = Number(process.env["COOP_SOAK_MINUTES"] || 30);
const LOG = process.env["COOP_SOAK_LOG"] ?? "/dev/stdout";
const seed = Number(process.env["COOP_FAULT_SEED"] || Math.floor(Math.random() * 2 ** 31));

const scope = fileScope();

it(
  `coop watch lives ${MINUTES} minutes among faults, hands and edits, and uses no more at the end (COOP_FAULT_SEED=${seed})`,
  { timeout: (MINUTES + 60) * 60_000 },
  async () => {
    const bench = await CrashBench.open(scope, await forbiddenDoors(scope));
    const say = (line: string): void => appendFileSync(LOG, `${line}\n`);
    const { wrong, used, disturbed } = await bench.soak(MINUTES * 60_000, seeded(seed), say);
    expect(wrong.join("\n")).toBe("");
    // The first third is a program that is still warming up.
    const third = Math.max(1, Math.floor(used.length / 3));
    const [early, late] = [used.slice(third, 2 * third), used.slice(-third)];
    expect(median(late, "descriptors")).toBeLessThanOrEqual(median(early, "descriptors") + 3);
    expect(median(late, "bytes")).toBeLessThanOrEqual(median(early, "bytes") * 1.25);
    say(
      `${disturbed} disturbances, ${used.length} calms, memory ${median(early, "bytes")} → ${median(late, "bytes")} bytes, descriptors ${median(early, "descriptors")} → ${median(late, "descriptors")}, ${bench.samples} raw reports seen from outside`,
    );
  },
);

function median(used: readonly Usage[], of: keyof Usage): number {
  const sorted = used.map((each) => each[of]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
