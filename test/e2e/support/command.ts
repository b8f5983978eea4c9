import { spawn } from "node:child_process";

/** How a command ended and what it said. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Both streams, for messages. */
  readonly text: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

// No test waits that long on a machine of its own; one that is shared may be slow.
const LONG_MS = 180_000;

// A test runner may ask its children for colours; what is compared here is text.
const plain = (): NodeJS.ProcessEnv => ({ ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1" });

let inOtherWords = (command: readonly string[]): readonly string[] => command;

/** From here on, a test file's `docker …` is what this makes of it: the same for another engine. */
export function callDocker(words: (command: readonly string[]) => readonly string[]): void {
  inOtherWords = words;
}

/** Runs a command to its end; one that does not end is killed and counts as failed. */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [program = "", ...args] = command[0] === "docker" ? inOtherWords(command) : command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...plain(), ...options.env }, stdio: "pipe" });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    const timer = setTimeout(() => {
      err += `\n(killed after ${options.timeoutMs ?? LONG_MS} ms)`;
      child.kill("SIGKILL");
    }, options.timeoutMs ?? LONG_MS);
    const finish = (code: number): void => {
      clearTimeout(timer);
      resolve({ code, out, err, text: `${out}${err}` });
    };
    child.on("error", (error) => {
      err += String(error);
      finish(127);
    });
    child.on("close", (code) => finish(code ?? 137));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** As `run`; a command that fails fails the test, with what it said. */
export async function must(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await run(command, options);
  if (ran.code !== 0) throw new Error(`${command.slice(0, 6).join(" ")} … ended with ${ran.code}:\n${ran.text}`);
  return ran.out;
}

/** Waits until something holds; the failure says what did not. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = LONG_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never came to be: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
