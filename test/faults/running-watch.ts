import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { COOP } from "../e2e/support/project.ts";
import type { Project } from "../e2e/support/project.ts";

/** One line of `coop watch --json`, as far as these tests read it. */
export interface WatchLine {
  readonly phase: "converged" | "progressing" | "blocked" | "failed";
  readonly engine: { readonly state: string };
  readonly failure: string | null;
  readonly objects: readonly { readonly id: string; readonly state: string }[];
  readonly counters: Readonly<Record<string, number>>;
}

/** A `coop watch --json` under way. */
export class RunningWatch {
  readonly pid: number;
  /** Resolves with the exit code; 137 when it was killed. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  #last: WatchLine | null = null;
  #said = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.ended = new Promise((resolve) => child.on("close", (code) => resolve(code ?? 137)));
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on("line", (line) => {
        // coop writes nothing else there.
        this.#last = JSON.parse(line) as WatchLine;
        this.#said = `${this.#said}${line}\n`.slice(-20_000);
      });
    child.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => (this.#said = `${this.#said}${text}`.slice(-20_000)));
  }

  /** Begins one that needs nobody's consent; `engine` is a DOCKER_HOST. */
  static start(project: Project, engine: string | undefined): RunningWatch {
    const args = ["watch", "--json", "--allow-loosening", "--allow-destroy"];
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...project.environment };
    const stdio = ["ignore", "pipe", "pipe"] as const;
    return new RunningWatch(
      spawn(COOP, args, {
        cwd: project.root,
        env: { ...env, ...(engine === undefined ? {} : { DOCKER_HOST: engine }) },
        stdio: [...stdio],
      }),
    );
  }

  /** What it told last; null before its first word. */
  get last(): WatchLine | null {
    return this.#last;
  }

  /** The end of all that it said, for messages. */
  get said(): string {
    return this.#said;
  }

  /** The objects that are not ready, and everything else of its last line. */
  get unready(): string {
    if (this.#last === null) return "it has said nothing";
    const objects = this.#last.objects.filter((each) => each.state !== "ready");
    return JSON.stringify({ ...this.#last, objects });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Resident bytes and open descriptors at this moment. */
  resources(): { readonly bytes: number; readonly descriptors: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
    return { bytes: kilobytes * 1024, descriptors: readdirSync(`/proc/${this.pid}/fd`).length };
  }
}
