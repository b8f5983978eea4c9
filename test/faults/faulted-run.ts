import { spawn } from "node:child_process";
import type { Ran } from "../e2e/support/command.ts";
import type { EngineCall } from "./engine-call.ts";
import type { EngineProxy } from "./engine-proxy.ts";
import type { Fault } from "./fault.ts";

/** How a command ended that ran into a fault. */
export interface FaultedRun extends Ran {
  /** Whether the call that was to be spoiled was made at all. */
  readonly reached: boolean;
  readonly killed: boolean;
  readonly calls: readonly EngineCall[];
}

export interface Command {
  readonly program: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A bound for what hangs; a machine under load is slow. */
const LONGEST_MS = 240_000;

/** Runs a command whose engine is the proxy; the fault befalls the calls that `hits` says, each once. */
export async function faultedRun(
  proxy: EngineProxy,
  { program, cwd, env }: Command,
  hits: (call: EngineCall) => Fault | null,
): Promise<FaultedRun> {
  let [reached, killed] = [false, false];
  const [file = "", ...args] = program;
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1", ...env, DOCKER_HOST: proxy.address },
    stdio: ["ignore", "pipe", "pipe"],
  });
  proxy.arm(
    (call) => {
      const fault = hits(call);
      reached ||= fault !== null;
      return fault;
    },
    () => {
      killed = true;
      child.kill("SIGKILL");
    },
  );
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number>((resolve) => {
    const timer = setTimeout(() => {
      err += `\n(hung: killed after ${LONGEST_MS} ms)`;
      child.kill("SIGKILL");
    }, LONGEST_MS);
    child.on("close", (exit) => {
      clearTimeout(timer);
      resolve(exit ?? 137);
    });
  });
  return { code, out, err, text: `${out}${err}`, reached, killed, calls: proxy.calls };
}
