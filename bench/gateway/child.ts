import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";

/** A process of the bench's own, ended by the handle that it was started with. */
export class Child {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string | null) => void)[] = [];
  #errors = "";
  #over = false;

  /** `outputTo`: a file for its standard output; null = read here, line by line. */
  constructor(command: string, args: readonly string[], outputTo: string | null = null) {
    const output = outputTo === null ? "pipe" : openSync(outputTo, "a");
    this.#process = spawn(command, args, { stdio: ["pipe", output, "pipe"] });
    if (typeof output === "number") closeSync(output);
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#over = true;
        for (const waiter of this.#waiting.splice(0)) waiter(null);
        resolve();
      };
      this.#process.once("close", end);
      this.#process.once("error", (error) => {
        this.#errors += error.message;
        end();
      });
    });
    this.#process.stdin?.on("error", () => undefined);
    this.#process.stderr?.on(
      "data",
      (bytes: Buffer) => (this.#errors = (this.#errors + bytes.toString()).slice(-4000)),
    );
    if (this.#process.stdout !== null)
      createInterface({ input: this.#process.stdout }).on("line", (line) => {
        const waiter = this.#waiting.shift();
        if (waiter === undefined) this.#lines.push(line);
        else waiter(line);
      });
    this.pid = this.#process.pid ?? 0;
  }

  /** Says a line, and hears one. Throws when it ends instead, or takes longer than `withinMs`. */
  async ask(line: string, withinMs: number): Promise<string> {
    this.#process.stdin?.write(`${line}\n`);
    return this.hear(withinMs);
  }

  async hear(withinMs: number): Promise<string> {
    const known = this.#lines.shift();
    if (known !== undefined) return known;
    const heard = await new Promise<string | null>((resolve) => {
      if (this.#over) return resolve(null);
      this.#waiting.push(resolve);
      setTimeout(() => resolve(null), withinMs).unref();
    });
    if (heard === null)
      throw new Error(`${this.#process.spawnargs.slice(0, 3).join(" ")} said nothing: ${this.#errors}`);
    return heard;
  }

  async end(): Promise<void> {
    this.#process.kill("SIGTERM");
    const late = setTimeout(() => this.#process.kill("SIGKILL"), 3000);
    await this.#ended;
    clearTimeout(late);
  }
}
