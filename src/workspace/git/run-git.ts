import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import type { GitPlace } from "./clean-environment.ts";
import type { Host } from "./host.ts";

/** One call of git: where, what, and what it reads. */
export interface GitCall {
  readonly host: Host;
  readonly place: GitPlace;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  /** Replaces the clean environment; for reading the user's settings only. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What was being done, for the message when it fails: "read the index of /home/u/shop". */
  readonly doing: string;
}

/** How one call ended. */
export interface GitResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** Without control characters: a repository may not paint the terminal. */
  readonly stderr: string;
}

/** Runs git to its end and returns its output; a non-zero end is a CoopError. */
export async function runGit(call: GitCall, signal: AbortSignal): Promise<Buffer> {
  const result = await tryGit(call, signal);
  if (result.exitCode !== 0)
    throw new CoopError(
      "GIT_FAILED",
      `git could not ${call.doing}: ${result.stderr || `it ended with ${result.exitCode}`}`,
    );
  return result.stdout;
}

/** The same as text without the line end. */
export async function gitLine(call: GitCall, signal: AbortSignal): Promise<string> {
  return (await runGit(call, signal)).toString("utf8").trimEnd();
}

/** Runs git to its end, whatever that is. */
export async function tryGit(call: GitCall, signal: AbortSignal): Promise<GitResult> {
  const child = startGit(call, signal);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  // A git that ends early closes its input; its exit code tells the story.
  child.stdin.on("error", () => undefined);
  child.stdin.end(call.input ?? "");
  const exitCode = await ended(child, call);
  signal.throwIfAborted();
  return { exitCode, stdout: Buffer.concat(out), stderr: printable(Buffer.concat(err).toString("utf8")) };
}

/** Starts git with pipes on all three streams; killed when the signal fires. */
export function startGit(
  { host, place, args, environment }: GitCall,
  signal: AbortSignal,
): ChildProcessByStdio<Writable, Readable, Readable> {
  signal.throwIfAborted();
  const child = spawn("git", ["--no-pager", ...args], {
    cwd: "/",
    env: environment ?? cleanEnvironment(host, place),
    stdio: ["pipe", "pipe", "pipe"],
    signal,
  });
  // Where no descriptor is left there are no pipes, whatever the types say, and an event tells it behind this moment.
  const pipes: readonly unknown[] = [child.stdin, child.stdout, child.stderr];
  if (pipes.every((each) => each !== undefined && each !== null)) return child;
  child.once("error", () => undefined);
  throw new CoopError("SYSTEM_REFUSED", "This machine refused to start git: this process has too many files open.", {
    mend: "Raise `ulimit -n`, and run the command again.",
  });
}

/** Waits for the end of a started git. */
export function ended(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  { doing }: GitCall,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.name === "AbortError") resolve(null);
      else if (cause.code === "ENOENT")
        reject(
          new CoopError("NOT_FOUND", `git is needed to ${doing}, and it is not installed.`, {
            cause,
            mend: "Install git 2.31 or newer.",
          }),
        );
      else reject(new CoopError("GIT_FAILED", `git could not be started to ${doing}.`, { cause }));
    });
    child.once("close", (code) => resolve(code));
  });
}

/** A message of a program without control characters, on one line, cut at a bearable length. */
export function printable(text: string): string {
  return text
    .trim()
    .replaceAll(/[\n\r]+/g, "; ")
    .replaceAll(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "?")
    .slice(0, 2000);
}
