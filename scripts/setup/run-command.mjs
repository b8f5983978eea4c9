import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { repository } from "./paths.mjs";
import { SetupError } from "./setup-error.mjs";

const running = new Set();

/** Ends the commands of steps that are still going, and waits a little for them to clean up after themselves. */
export async function stopCommands() {
  const ended = [...running].map((child) => new Promise((resolve) => child.once("close", resolve)));
  for (const child of running) child.kill();
  await Promise.race([Promise.all(ended), sleep(10_000)]);
}

/** Runs a command with its output in the step's log; a non-zero exit is a SetupError. */
export function runCommand(command, args, { log, cwd = repository, env = process.env, mend = "" }) {
  return new Promise((resolve, reject) => {
    log.write(`$ ${[command, ...args].join(" ")}\n`);
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.stdout.on("data", (chunk) => log.write(chunk));
    child.stderr.on("data", (chunk) => log.write(chunk));
    child.on("error", (cause) => {
      running.delete(child);
      reject(new SetupError(`${command} could not be started.`, { mend, cause }));
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      if (code === 0) resolve();
      else reject(new SetupError(`${command} ${args[0] ?? ""} ended with ${signal ?? `exit code ${code}`}.`, { mend }));
    });
  });
}
