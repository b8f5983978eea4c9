import { spawnSync } from "node:child_process";
import { runCommand } from "./run-command.mjs";

let listsUpdated = false;

/** Installs Debian packages without recommendations; waits for another apt to finish instead of failing. */
export async function aptInstall(packages, { log }) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
  if (!listsUpdated) {
    await runCommand("apt-get", [...options, "update"], { log, env });
    listsUpdated = true;
  }
  await runCommand("apt-get", [...options, "install", "-y", "--no-install-recommends", ...packages], { log, env });
}

/** Whether the package lists know a package of this name; newer Debians split what older ones ship in one. */
export function aptKnows(name) {
  const policy = spawnSync("apt-cache", ["policy", name], { encoding: "utf8" });
  return /Candidate: (?!\(none\))/.test(policy.stdout ?? "");
}
