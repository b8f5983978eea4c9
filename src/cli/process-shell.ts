import type { ExecStreams, Terminal } from "../backend/operations.ts";
import type { Shell } from "./shell.ts";

/** The real process as a Shell. The first interrupt asks for an orderly end, the second one ends at once. */
export function processShell(): Shell {
  const abort = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(130);
      abort.abort(new Error(`interrupted by ${name}`));
    });
  }
  // A reader that went away (`coop logs | head`) ends the writing, not the program with a stack.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const { env } = process;
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    environment: env,
    cwd: process.cwd(),
    colours: forced || (process.stdout.isTTY && env["NO_COLOR"] === undefined && env["TERM"] !== "dumb"),
    terminal: process.stdout.isTTY,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    columns: process.stderr.columns ?? 80,
    streams: processStreams,
    signal: abort.signal,
  };
}

function processStreams(terminal: boolean): ExecStreams {
  const { stdin, stdout, stderr } = process;
  return { stdin, stdout, stderr, terminal: terminal && stdin.isTTY && stdout.isTTY ? TERMINAL : null };
}

const TERMINAL: Terminal = {
  setRaw: (on) => {
    process.stdin.setRawMode(on);
    if (!on) process.stdin.pause();
  },
  size: () => ({ rows: process.stdout.rows, columns: process.stdout.columns }),
  onResize: (changed) => {
    process.stdout.on("resize", changed);
    return () => process.stdout.off("resize", changed);
  },
};
