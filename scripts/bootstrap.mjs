#!/usr/bin/env node
// Readies this machine for a task and runs it: `node scripts/bootstrap.mjs <task> [arguments]`.
// Node built-ins only, and nothing newer than Node 20, since it runs before anything is installed.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { ensureBundles } from "./setup/bundles.mjs";
import { ensureDependencies } from "./setup/dependencies.mjs";
import { ensureEngine } from "./setup/engine.mjs";
import { ensureImages } from "./setup/images.mjs";
import { ensurePodman } from "./setup/podman.mjs";
import { repository } from "./setup/paths.mjs";
import { say } from "./setup/progress.mjs";
import { stopCommands } from "./setup/run-command.mjs";
import { SetupError } from "./setup/setup-error.mjs";
import { ensureToolchain } from "./setup/toolchain.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const VITEST = "node_modules/vitest/vitest.mjs";

const TASKS = {
  setup: { engine: true },
  quickstart: { engine: true, run: ["examples/quickstart/run.ts"] },
  test: { engine: true, podman: true, run: ["scripts/test.ts"] },
  "test:unit": { run: [VITEST, "run", "--project", "unit"] },
  "test:long": { engine: true, podman: true, run: [VITEST, "run", "--config", "vitest.long.config.ts"] },
  check: { run: ["scripts/check.ts"] },
  format: { run: ["node_modules/oxfmt/bin/oxfmt", "--write", "."] },
  build: { run: ["scripts/build.ts"] },
  generate: { run: ["schema/generate.ts"] },
  bench: { engine: true, run: ["bench/run.ts"] },
};

async function main([name, ...rest]) {
  const task = Object.hasOwn(TASKS, name ?? "") ? TASKS[name] : undefined;
  if (task === undefined) {
    say(`usage: node scripts/bootstrap.mjs <${Object.keys(TASKS).join(" | ")}> [arguments]`);
    return 64;
  }
  const stopEarly = () => void stopCommands().then(() => process.exit(130));
  for (const signal of SIGNALS) process.on(signal, stopEarly);
  const [toolchain, , images] = await Promise.all([
    ensureToolchain(),
    ensureDependencies("dependencies", repository),
    task.engine === true ? provideEngineAndImages(task) : {},
  ]);
  if (task.engine === true && task.run !== undefined) await ensureBundles(toolchain);
  for (const signal of SIGNALS) process.off(signal, stopEarly);
  if (task.run === undefined) return 0;
  return await runTask(toolchain, [...task.run, ...rest], { PATH: toolchain.PATH, ...images });
}

async function provideEngineAndImages(task) {
  const found = await ensureEngine();
  const images = await ensureImages(found);
  if (task.podman === true) await ensurePodman(found, images);
  return { DOCKER_HOST: found.client.host, COOP_BASE_IMAGE: images.base };
}

function runTask({ node }, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: repository, env: { ...process.env, ...env }, stdio: "inherit" });
    // A terminal sends its signals to the child as well; we stay until the child has ended.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
      process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function report(error) {
  if (!(error instanceof SetupError)) {
    console.error(error);
    return;
  }
  for (const line of error.tail) say(`    ${line}`);
  say(`error: ${error.message}`);
  if (error.mend) say(`  = ${error.mend}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  report(error);
  // Other steps may still be running. What is finished is kept, and the next run goes on from there.
  await stopCommands();
  process.exit(1);
}
