import { runChecks } from "./run-checks.ts";

const failed = await runChecks();
if (failed.length > 0) process.exitCode = 1;
