import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { runChecks } from "./run-checks.ts";

const RESULTS = ".coop/test-results.json";

interface VitestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const failedChecks = await runChecks();
const code = await runTests(process.argv.slice(2));
const counts = countTests();
// A file that does not even load has no tests to count, and vitest may fail after its tests (an unhandled error).
const failedTests = counts.failed === 0 && code !== 0 ? 1 : counts.failed;
if (failedChecks.length > 0) console.log(`failed checks, each counted below: ${failedChecks.join(", ")}`);
console.log(`${counts.passed} passed, ${failedTests + failedChecks.length} failed, ${counts.skipped} skipped`);
process.exitCode = failedChecks.length > 0 ? 1 : code;

async function runTests(args: readonly string[]): Promise<number> {
  mkdirSync(".coop", { recursive: true });
  rmSync(RESULTS, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${RESULTS}`];
  const vitest = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...reporters, ...args], {
    stdio: "inherit",
  });
  return await new Promise((resolve) => vitest.on("close", (exit) => resolve(exit ?? 1)));
}

function countTests(): { readonly passed: number; readonly failed: number; readonly skipped: number } {
  const results = readResults();
  if (results === undefined) return { passed: 0, failed: 0, skipped: 0 };
  const unloadable = results.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloadable.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

function readResults(): VitestResults | undefined {
  try {
    // vitest's own reporter wrote it.
    return JSON.parse(readFileSync(RESULTS, "utf8")) as VitestResults;
  } catch {
    return undefined;
  }
}
