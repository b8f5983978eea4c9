import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { runStep } from "./run-step.ts";
import type { StepResult } from "./run-step.ts";

interface Check {
  readonly name: string;
  readonly args: readonly string[];
  readonly needs?: string;
}

const CHECKS: readonly Check[] = [
  { name: "types", args: ["node_modules/typescript/bin/tsc", "--noEmit"] },
  { name: "lint", args: ["node_modules/oxlint/bin/oxlint", "--type-aware"] },
  // Without the program's entry everything looks unused.
  {
    name: "dead code",
    needs: "src/cli/main.ts",
    args: ["node_modules/knip/bin/knip.js", "--no-progress", "--no-config-hints"],
  },
  { name: "generated files", needs: "schema/generate.ts", args: ["schema/generate.ts", "--check"] },
  { name: "format", args: ["node_modules/oxfmt/bin/oxfmt", "--check"] },
];

/** Runs every static check, prints what the failing ones said, then one line each; returns the names that failed. */
export async function runChecks(): Promise<readonly string[]> {
  const waiting = CHECKS.filter(({ needs }) => needs === undefined || existsSync(needs));
  const results: StepResult[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      results.push(await runStep(check.name, check.args));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const failed = results.filter(({ ok }) => !ok);
  for (const { name, output } of failed) console.log(`── ${name} ──\n${output.trimEnd()}\n`);
  for (const { name, ok, tookMs } of results)
    console.log(`${ok ? "✓" : "✗"} ${name} (${(tookMs / 1000).toFixed(1)} s)`);
  return failed.map(({ name }) => name);
}
