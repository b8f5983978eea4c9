import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Narrator } from "./narrator.ts";

export interface Result {
  readonly exit: number;
  /** Standard output alone. */
  readonly out: string;
  /** Standard output and standard error as they came. */
  readonly all: string;
  readonly tookMs: number;
}

export interface Choices {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Neither the command line nor its output is shown. */
  readonly quiet?: boolean;
  /** After this the command is ended. */
  readonly timeoutMs?: number;
}

const COOP = fileURLToPath(new URL("../../bin/coop", import.meta.url));

/** Runs the commands of the example as children and shows them as a person would type and see them. */
export class Commands {
  readonly #narrator: Narrator;
  readonly #signal: AbortSignal;

  constructor(narrator: Narrator, signal: AbortSignal) {
    this.#narrator = narrator;
    this.#signal = signal;
  }

  coop(words: readonly string[], choices: Choices = {}): Promise<Result> {
    return this.#run("coop", COOP, words, choices);
  }

  docker(words: readonly string[], choices: Choices = {}): Promise<Result> {
    return this.#run("docker", "docker", words, choices);
  }

  git(words: readonly string[], choices: Choices = {}): Promise<Result> {
    return this.#run("git", "git", words, choices);
  }

  node(words: readonly string[], choices: Choices = {}): Promise<Result> {
    return this.#run("node", process.execPath, words, choices);
  }

  async #run(shown: string, program: string, words: readonly string[], choices: Choices): Promise<Result> {
    this.#signal.throwIfAborted();
    const quiet = choices.quiet === true;
    if (!quiet) this.#narrator.command([shown, ...words].map(quoted).join(" "));
    const startedMs = performance.now();
    const child = spawn(program, words, {
      ...(choices.cwd === undefined ? {} : { cwd: choices.cwd }),
      env: { ...process.env, ...choices.environment },
      stdio: ["ignore", "pipe", "pipe"],
      // Out of reach of the terminal's Ctrl-C: the example itself stops its children, and once.
      detached: true,
      ...(choices.timeoutMs === undefined ? {} : { timeout: choices.timeoutMs }),
    });
    const stop = (): void => void child.kill("SIGTERM");
    this.#signal.addEventListener("abort", stop, { once: true });
    const out: string[] = [];
    const all: string[] = [];
    const take = async (stream: Readable, keep: readonly string[][]): Promise<void> => {
      for await (const line of createInterface({ input: stream })) {
        for (const each of keep) each.push(line);
        if (!quiet) this.#narrator.output(line);
      }
    };
    const ended = new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
    try {
      const [exit] = await Promise.all([ended, take(child.stdout, [out, all]), take(child.stderr, [all])]);
      this.#signal.throwIfAborted();
      return { exit, out: out.join("\n"), all: all.join("\n"), tookMs: performance.now() - startedMs };
    } finally {
      this.#signal.removeEventListener("abort", stop);
    }
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
