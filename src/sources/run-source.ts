import { spawn } from "node:child_process";
import { SourceFailure } from "./source-failure.ts";

/** Of the output of a program, and of a file. */
export const VALUE_LIMIT = 64 * 1024;

export interface SourceProgram {
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** Where it runs: never in a repository. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs a program of the user's and gives what it prints. No shell, no input, a deadline for it and all that it starts, a bound
 * on its output. Its error output is not repeated: it may hold what is secret.
 */
export function runSource(program: SourceProgram, signal: AbortSignal): Promise<string> {
  const [name = "", ...rest] = program.command;
  const byHand = `Run it yourself to see why: ${name} …`;
  return new Promise((resolve, reject) => {
    const child = spawn(name, rest, {
      cwd: program.cwd,
      env: program.environment,
      stdio: ["ignore", "pipe", "ignore"],
      // A group of its own, so that its end is the end of all that it started.
      detached: true,
      shell: false,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let failure: SourceFailure | null = null;
    const end = (why: string): void => {
      failure ??= new SourceFailure(why, byHand);
      killGroup(child.pid);
      // What left the group may hold the other end for ever.
      child.stdout.destroy();
    };
    const deadline = setTimeout(() => end(`did not end within ${program.timeoutMs / 1000} s`), program.timeoutMs);
    const interrupted = (): void => end("was interrupted");
    signal.addEventListener("abort", interrupted, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > VALUE_LIMIT) end(`printed more than ${VALUE_LIMIT / 1024} KiB`);
      else chunks.push(chunk);
    });
    const settle = (then: () => void): void => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", interrupted);
      then();
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "is not installed, or not in PATH" : `cannot be started (${error.code})`;
      settle(() => reject(new SourceFailure(why, `Install ${name}, or name another source.`)));
    });
    child.on("close", (code, killedBy) => {
      settle(() => {
        if (failure !== null) reject(failure);
        else if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
        else reject(new SourceFailure(`ended with ${code === null ? killedBy : `code ${code}`}`, byHand));
      });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself just now.
  }
}
