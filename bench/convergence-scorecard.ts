// `node bench/convergence-scorecard.ts`: what goes wrong, one more run of the same command, and who ends where (docs/benchmarks.md).
import { spawnSync } from "node:child_process";
import { images } from "../test/e2e/support/containers.ts";
import { Bench } from "./harness/bench.ts";
import { ScoreArm } from "./scorecard/arm.ts";
import { SCENARIOS } from "./scorecard/scenarios.ts";
import type { Scenario } from "./scorecard/scenarios.ts";

const built = spawnSync(process.execPath, ["scripts/build.ts"], { stdio: "inherit" });
if (built.status !== 0) throw new Error("coop's bundle was not built");
const bench = new Bench(images(), (line) => console.error(`  ${line}`));
try {
  if (bench.peer.kind === "missing") throw new Error(bench.peer.why);
  const arms = [new ScoreArm(bench, "coop", "score"), new ScoreArm(bench, "compose", "score")];
  console.log(`| what goes wrong, then one more run | coop | ${bench.peer.name} |\n|---|---|---|`);
  const right = arms.map(() => 0);
  for (const scenario of SCENARIOS) {
    const cells: string[] = [];
    for (const [index, arm] of arms.entries()) {
      const { cell, good } = await score(arm, scenario);
      cells.push(cell);
      right[index] = (right[index] ?? 0) + (good ? 1 : 0);
    }
    console.log(`| ${[scenario.name, ...cells].join(" | ")} |`);
  }
  console.log(`| **as the file asks** | ${right.map((each) => `**${each} of ${SCENARIOS.length}**`).join(" | ")} |`);
} finally {
  await bench.close();
}

/** Where one arm ends, in words. */
async function score(arm: ScoreArm, scenario: Scenario): Promise<{ readonly cell: string; readonly good: boolean }> {
  await arm.clear();
  arm.write(scenario.changes ? 1 : 0);
  await arm.up();
  const wanted = await arm.standing();
  if (scenario.changes) {
    await arm.clear();
    arm.write(0);
    await arm.up();
  }
  await scenario.happen(arm);
  const code = await arm.up();
  const found = await arm.standing();
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  const unlike = names.filter((name) => wanted[name] !== found[name]);
  if (unlike.length === 0) return { cell: `as the file${code === 0 ? "" : `, but exit ${code}`}`, good: code === 0 };
  const missing = unlike.filter((name) => !(name in found)).length;
  const more = unlike.filter((name) => !(name in wanted)).length;
  const other = unlike.length - missing - more;
  const parts = [
    ...(missing > 0 ? [`${missing} missing`] : []),
    ...(more > 0 ? [`${more} under a name of nobody's`] : []),
    ...(other > 0 ? [`${other} unlike the file`] : []),
  ];
  return { cell: `${parts.join(", ")}, exit ${code}`, good: false };
}
