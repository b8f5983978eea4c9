import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoopError } from "../../../diagnostics/coop-error.ts";
import { machineFacts, settingsFor, settingsVariables } from "./service-settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The service ends by itself when nobody has asked it anything for so long. Seconds. */
const IDLE_SECONDS = 120;

const READY_MS = 30_000;
const LOOK_MS = 50;

/**
 * Starts Podman's API for this user, on a socket of coop's own that only the user can open. `answers` is asked until it is so.
 * Two runs at the same time start one.
 */
export async function startService(
  environment: Environment,
  folder: string,
  answers: (socket: string) => Promise<boolean>,
): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socket = join(folder, "podman.sock");
  const turn = await takeTurn();
  try {
    if (await answers(socket)) return socket;
    // What a service that was killed left behind.
    rmSync(socket, { force: true });
    await started(environment, folder, socket, answers);
    return socket;
  } finally {
    turn.close();
  }
}

async function started(
  environment: Environment,
  folder: string,
  socket: string,
  answers: (socket: string) => Promise<boolean>,
): Promise<void> {
  const log = join(folder, "podman.log");
  const output = openSync(log, "w", 0o600);
  const machine = machineFacts(environment);
  const settings = settingsFor(machine);
  const file = join(folder, "containers.conf");
  if (settings !== null) writeFileSync(file, settings, { mode: 0o600 });
  const service = spawn("podman", ["system", "service", `--time=${IDLE_SECONDS}`, `unix://${socket}`], {
    // Its own session: it outlives this command, and no key at the terminal ends it.
    detached: true,
    cwd: "/",
    env: {
      ...environment,
      ...(settings === null ? {} : settingsVariables(file, environment)),
      // It asks health checks by timers of systemd's, and starts no container with one where it cannot.
      ...(machine.systemd ? {} : { DISABLE_HC_SYSTEMD: "true" }),
    },
    stdio: ["ignore", output, output],
  });
  const ended = new AbortController();
  service.on("exit", (code) => ended.abort(`it ended with ${code}`)).on("error", (cause) => ended.abort(cause.message));
  service.unref();
  const deadline = Date.now() + READY_MS;
  while (!ended.signal.aborted && Date.now() < deadline) {
    if (await answers(socket)) return;
    await sleep(LOOK_MS);
  }
  const said = readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" ");
  throw new CoopError(
    "ENGINE_UNREACHABLE",
    `Podman's API did not start: ${ended.signal.aborted ? String(ended.signal.reason) : `no answer in ${READY_MS / 1000} s`}. ${said}`.trim(),
    { mend: "See that `podman info` works for your user." },
  );
}

// A name of the kernel's that goes with the process, however it dies.
async function takeTurn(): Promise<Server> {
  const address = `\0coop-podman-${process.geteuid?.() ?? "user"}`;
  const deadline = Date.now() + READY_MS * 2;
  for (;;) {
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(address, () => resolve(true));
    });
    if (taken) return server;
    if (Date.now() > deadline)
      throw new CoopError("DEADLINE", "Another run of coop is starting Podman's API, and does not come to an end.", {
        mend: "End that run, then try again.",
      });
    await sleep(LOOK_MS);
  }
}
