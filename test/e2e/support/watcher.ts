import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { eventually } from "./command.ts";
import type { Project } from "./project.ts";
import type { Scope } from "./scope.ts";

/** A line of `coop watch --json`, as its schema has it. */
export interface WatchLine {
  readonly phase: "converged" | "progressing" | "blocked" | "failed";
  readonly file: { readonly state: string; readonly message: string; readonly diagnostics: readonly unknown[] };
  readonly engine: { readonly state: string };
  readonly objects: readonly {
    readonly id: string;
    readonly state: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly held: { readonly reach: readonly { readonly text: string }[]; readonly command: string | null };
  readonly done: readonly { readonly id: string; readonly action: string; readonly outcome: string }[];
  readonly counters: { readonly passes: number; readonly driftHealed: number };
}

/** A running `coop watch --json`. */
export interface Watcher {
  readonly lines: readonly WatchLine[];
  /** What it knows now. */
  readonly last: () => WatchLine | undefined;
  /** Waits until its newest line says so. */
  readonly until: (what: string, holds: (line: WatchLine) => boolean) => Promise<void>;
  readonly converged: () => Promise<void>;
  /** All that was done, as `replace container:sandbox.a.0`. */
  readonly done: () => readonly string[];
  /** Gives its exit code; null = a signal ended it. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
  readonly said: () => string;
}

const ROOT = resolve(import.meta.dirname, "../../..");

/** Begins `coop watch --json` in a project; it ends with the scope. Every line must be as the schema says. */
export function watchIn(scope: Scope, project: Project, args: readonly string[] = []): Watcher {
  const check = lineCheck();
  const lines: WatchLine[] = [];
  let said = "";
  const child = spawn(join(ROOT, "bin/coop"), ["watch", "--json", ...args], { cwd: project.root, env: project.env });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const value: unknown = JSON.parse(line);
    if (!check(value)) said += `\nnot as the schema says: ${JSON.stringify(check.errors)}\n${line}\n`;
    lines.push(value as WatchLine); // as the schema says, or the test fails by what is said
  });
  const ended = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  scope.later(() => child.kill("SIGKILL"));
  const last = (): WatchLine | undefined => lines.at(-1);
  const until = async (what: string, holds: (line: WatchLine) => boolean): Promise<void> => {
    await eventually(`${what}; last: ${JSON.stringify(last())}; ${said}`, () => {
      const line = last();
      return line !== undefined && holds(line);
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(last())}\n${said}`, { cause: error });
    });
    if (said.includes("not as the schema says")) throw new Error(said);
  };
  return {
    lines,
    last,
    until,
    converged: () => until("it has converged", (line) => line.phase === "converged"),
    done: () => lines.flatMap((each) => each.done.map(({ action, id }) => `${action} ${id}`)),
    stop: (signal = "SIGINT") => {
      child.kill(signal);
      return ended;
    },
    said: () => said,
  };
}

function lineCheck(): ReturnType<InstanceType<typeof Ajv>["compile"]> {
  const read = (name: string): object => JSON.parse(readFileSync(join(ROOT, "schema", name), "utf8"));
  const ajv = new Ajv({ allErrors: true, validateFormats: false });
  ajv.addSchema(read("diagnostics.v1.schema.json"));
  return ajv.compile(read("watch.v1.schema.json"));
}
