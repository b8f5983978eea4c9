import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { findEngine } from "./find-engine.mjs";
import { hasSystemd } from "./machine.mjs";
import { statePath } from "./paths.mjs";
import { runCommand } from "./run-command.mjs";
import { SetupError } from "./setup-error.mjs";

const READY_MS = 60_000;
const DAEMON_LOG = ["log", "dockerd.log"];

/** Starts the installed Docker engine and waits until it answers. */
export async function startEngine({ log }) {
  if (hasSystemd()) {
    await runCommand("systemctl", ["start", "docker"], { log, mend: "See `journalctl -u docker`." });
    return await untilReady({ gone: () => false });
  }
  if (runningDaemon() !== undefined) return await untilReady({ gone: () => runningDaemon() === undefined });
  for (const [path, program] of PID_FILES) removeStalePidFile(path, program, log);
  const daemonLog = statePath(...DAEMON_LOG);
  const output = openSync(daemonLog, "a");
  // Its own session and no pipe to us: the engine outlives this command, as an engine does.
  const daemon = spawn("dockerd", [], { cwd: "/", detached: true, stdio: ["ignore", output, output] });
  let ended = false;
  daemon.on("exit", () => void (ended = true)).on("error", () => void (ended = true));
  daemon.unref();
  try {
    return await untilReady({ gone: () => ended });
  } catch (error) {
    if (existsSync(daemonLog)) log.write(readFileSync(daemonLog, "utf8").split("\n").slice(-20).join("\n"));
    throw error;
  }
}

const PID_FILES = [
  ["/var/run/docker.pid", "dockerd"],
  ["/var/run/docker/containerd/containerd.pid", "containerd"],
];

// A daemon that was killed leaves its pid file behind. dockerd refuses to start while a process with that id lives,
// even when the id has gone to another program.
function removeStalePidFile(path, program, log) {
  if (!existsSync(path) || programOf(readFileSync(path, "utf8").trim()) === program) return;
  log.write(`removing ${path}, which a dead ${program} left behind\n`);
  rmSync(path, { force: true });
}

function runningDaemon() {
  const [path, program] = PID_FILES[0];
  if (!existsSync(path)) return undefined;
  const pid = readFileSync(path, "utf8").trim();
  return programOf(pid) === program ? pid : undefined;
}

function programOf(pid) {
  try {
    return readFileSync(`/proc/${Number(pid)}/comm`, "utf8").trim();
  } catch {
    return undefined;
  }
}

async function untilReady({ gone }) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    const found = await findEngine();
    if (found !== undefined) return found;
    if (gone())
      throw new SetupError("dockerd ended before it answered.", { mend: "Run `dockerd` in a terminal to see why." });
    await sleep(100);
  }
  throw new SetupError(`dockerd did not answer within ${READY_MS / 1000} s.`, {
    mend: "Run `docker info` to see its state.",
  });
}
