import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { childrenSeconds } from "./processor-time.ts";
import type { EngineProcesses } from "./processor-time.ts";

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What one whole command cost. */
export interface Cost {
  readonly wallMs: number;
  /** Of the command and its children. */
  readonly clientSeconds: number;
  /** Of the engine meanwhile; null where its processes cannot be read. */
  readonly engineSeconds: number | null;
  /** The largest resident set; null when nobody asked, since asking costs time. */
  readonly peakMebibytes: number | null;
}

export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

export class CommandFailed extends Error {}

const TIMEOUT_MS = 180_000;
const MEMORY_POLL_MS = 5;

/** Runs one command to its end and says what it cost. A failure throws, with what it said. */
export async function measure(
  line: CommandLine,
  options: { readonly engine?: EngineProcesses | null; readonly memory?: boolean } = {},
): Promise<Cost> {
  const engine = options.engine ?? null;
  const engineBefore = engine?.read() ?? null;
  const clientBefore = childrenSeconds();
  const began = performance.now();
  const { ended, peakMebibytes } = await start(line, options.memory === true, true);
  const wallMs = performance.now() - began;
  if (ended.code !== 0)
    throw new CommandFailed(
      `${line.command} ${line.args.join(" ")} ended with ${ended.code}: ${ended.errors.slice(-600)}`,
    );
  return {
    wallMs,
    clientSeconds: childrenSeconds() - clientBefore,
    engineSeconds: engine === null || engineBefore === null ? null : engine.since(engineBefore),
    peakMebibytes,
  };
}

/** Runs one command to its end, whatever its exit code. */
export async function run(line: CommandLine): Promise<Ended> {
  return (await start(line, false, false)).ended;
}

// A measured command writes its answer where it costs the least, so that we measure it and not our reading.
function start(
  line: CommandLine,
  memory: boolean,
  discard: boolean,
): Promise<{ readonly ended: Ended; readonly peakMebibytes: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(line.command, line.args, {
      cwd: line.cwd,
      env: line.environment,
      stdio: ["ignore", discard ? "ignore" : "pipe", "pipe"],
      timeout: TIMEOUT_MS,
    });
    let output = "";
    let errors = "";
    let peakMebibytes: number | null = null;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const poll =
      memory && child.pid !== undefined
        ? setInterval(() => (peakMebibytes = residentPeak(child.pid) ?? peakMebibytes), MEMORY_POLL_MS)
        : undefined;
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearInterval(poll);
      resolve({
        ended: { code: code ?? 128, output, errors: signal === null ? errors : `${errors}\nended by ${signal}` },
        peakMebibytes,
      });
    });
  });
}

// The kernel keeps the highest mark itself, so a slow poll misses no peak but one in the last milliseconds.
function residentPeak(pid: number | undefined): number | null {
  try {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return match === null ? null : Number(match[1]) / 1024;
  } catch {
    return null;
  }
}
