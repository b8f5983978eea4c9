import { spawn } from "node:child_process";

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  readonly tookMs: number;
}

/** Runs one tool with this Node and keeps what it prints. */
export async function runStep(name: string, args: readonly string[]): Promise<StepResult> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { name, ok: code === 0, output, tookMs: performance.now() - startedMs };
}
