import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Preparation } from "../../compilers/container/preparation.ts";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { readRecord, removeRecord, watcherAddress } from "./live-record.ts";
import type { LiveRecord } from "./live-record.ts";
import { ownerState } from "./session-owner.ts";
import type { Shell } from "./shell.ts";

/** What a watcher is told on its standard input. */
export interface WatchOrder {
  readonly handle: string;
  readonly view: Extract<Preparation, { readonly kind: "guard" }>["view"];
}

/** A watcher that says so on its output stands; how long the walk over a large tree may take before. */
const READY_MS = 120_000;
const ANSWER_MS = 5_000;

/** Starts the watcher of a container that does not run yet; resolves when nothing can appear in the tree unseen. */
export async function startWatcher(
  project: LoadedProject,
  request: Extract<Preparation, { readonly kind: "guard" }>,
  handle: string,
  shell: Shell,
): Promise<void> {
  const standing = await standingRecord(handle, shell);
  if (standing !== null && standing.frozen === null) return;
  if (standing !== null) await endWatcher(standing);
  await removeRecord(shell.environment, handle);
  // This very program, in a session of its own: it outlives the terminal.
  const args = [process.argv[1] ?? "", "internal-live-watch", project.path, request.agent];
  const child = spawn(process.execPath, args, {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...shell.environment },
  });
  const order: WatchOrder = { handle, view: request.view };
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(order));
  try {
    await untilReady(child, shell.signal);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  child.unref();
}

/** `watched`, or in words what is wrong. Asked of the process itself, and only of the one that this user's record names. */
export async function guardState(handle: string, shell: Shell): Promise<string> {
  const record = await standingRecord(handle, shell);
  if (record === null) return "unwatched: nobody on the host watches its live tree";
  return record.frozen === null ? "watched" : `frozen: ${record.frozen.because}`;
}

async function standingRecord(handle: string, shell: Shell): Promise<LiveRecord | null> {
  const record = await readRecord(shell.environment, handle);
  if (record === null || ownerState(record.owner) !== "alive") return null;
  return (await answer(handle)) === String(record.pid) ? record : null;
}

/** The pid that the holder of the watcher's socket tells; null when nobody answers in time. */
async function answer(handle: string): Promise<string | null> {
  const socket = connect(watcherAddress(handle));
  try {
    const timer = AbortSignal.timeout(ANSWER_MS);
    timer.addEventListener("abort", () => socket.destroy(), { once: true });
    const said = (await text(socket)).split(" ");
    return said[0] ?? null;
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

async function endWatcher(record: LiveRecord): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (let tries = 0; tries < 30; tries += 1) {
      if (ownerState(record.owner) !== "alive" || (await answer(record.handle)) === null) return;
      if (tries === 0) process.kill(record.pid, signal);
      await sleep(100);
    }
  }
}

async function untilReady(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  signal: AbortSignal,
): Promise<void> {
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8").on("data", (more: string) => (said.err += more));
  const refused = (why: string): CoopError =>
    new CoopError("NOT_CONVERGED", `The live tree cannot be watched, so the sandbox is not started: ${why}`, {
      mend: "Use `workspace: clone`, or mend that and run coop apply again.",
    });
  await new Promise<void>((resolve, reject) => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]);
    bounded.addEventListener("abort", () => reject(refused("its watcher did not become ready")), { once: true });
    child.once("error", (error) => reject(refused(error.message)));
    child.once("close", (code) => reject(refused(said.err.trim() || `its watcher ended with ${code}`)));
    child.stdout.on("data", (more: string) => {
      said.out += more;
      if (said.out.startsWith("ready\n")) resolve();
    });
  });
}
