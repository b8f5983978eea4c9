import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ran } from "../e2e/support/command.ts";
import { images } from "../e2e/support/containers.ts";
import { aProject } from "../e2e/support/project.ts";
import type { Project } from "../e2e/support/project.ts";
import type { Scope } from "../e2e/support/scope.ts";
import { sweep } from "../support/by-hand.ts";
import { canonicalDump } from "./canonical-dump.ts";
import type { Dump } from "./canonical-dump.ts";
import { strangers, unlike } from "./oracle.ts";
import type { Strangers } from "./oracle.ts";
import { safetyWatch } from "./safety-watch.ts";
import type { SafetyWatch } from "./safety-watch.ts";
import { seeded, shuffled } from "./shuffle.ts";

/** So many files of one project, each asking for something else. */
const FILES = 8;

/** A project with many files, and what the world is like after a fresh apply of each. */
export class Contest {
  readonly project: Project;
  readonly #wanted: readonly Dump[];
  readonly #strangers: Strangers;
  readonly #watch: SafetyWatch;

  private constructor(project: Project, wanted: readonly Dump[], theirs: Strangers) {
    this.project = project;
    this.#wanted = wanted;
    this.#strangers = theirs;
    this.#watch = safetyWatch(project.name);
  }

  static async open(scope: Scope, files = FILES): Promise<Contest> {
    const name = scope.unique();
    scope.later(() => sweep(name));
    const project = await aProject(scope, { agents: {} }, { name });
    const wanted: Dump[] = [];
    for (let file = 0; file < files; file += 1) {
      writeFileSync(join(project.root, fileName(file)), JSON.stringify(contents(name, file)));
      await sweep(name);
      const ran = await project.coop(applying(file));
      if (ran.code !== 0) throw new Error(`file ${file} alone ends with ${ran.code}:\n${ran.text}`);
      wanted.push(await canonicalDump(name));
    }
    const theirs = await strangers(name, images().base);
    scope.later(() => theirs.remove());
    const contest = new Contest(project, wanted, theirs);
    scope.later(() => contest.#watch.stop());
    return contest;
  }

  /** Some of the files are applied at the same time; gives what is wrong with where that ends. */
  async round(next: () => number): Promise<readonly string[]> {
    const count = 2 + Math.floor(next() * (this.#wanted.length - 1));
    const entrants = shuffled([...this.#wanted.keys()], next).slice(0, count);
    const ended = await Promise.all(
      entrants.map(async (file) => {
        await sleep(next() * 300);
        return { file, ran: await this.project.coop(applying(file)) };
      }),
    );
    const wrong = ended.flatMap(({ file, ran }) => untruthful(`file ${file}`, ran));
    const won = ended.filter(({ ran }) => ran.code === 0).map(({ file }) => file);
    return [...wrong, ...(await this.#endedAs(won))];
  }

  /** What the world is unlike, for each of these files; empty when it is entirely one of them and no stranger was touched. */
  async #endedAs(files: readonly number[]): Promise<readonly string[]> {
    const tries = await Promise.all(files.map((file) => unlike(this.#wanted[file] ?? {}, this.project.name)));
    const mixed = tries.some((each) => each.length === 0)
      ? []
      : [`it ends as none of ${files.join(", ")}: ${tries.map((each) => each.slice(0, 5).join("; ")).join(" | ")}`];
    return [
      ...mixed,
      ...(await this.#strangers.touched()),
      ...this.#watch.seen().violations.map((each) => `seen from outside: ${each}`),
    ];
  }

  /** As `#endedAs`, after one more apply of one file. */
  async mends(file: number): Promise<readonly string[]> {
    const ran = await this.project.coop(applying(file));
    const failed = ran.code === 0 ? [] : [`one apply does not mend it (${ran.code}):\n${ran.text}`];
    return [...failed, ...(await this.#endedAs([file]))];
  }

  get samples(): number {
    return this.#watch.seen().samples;
  }
}

/** So many rounds, by a seed; the failures, each with its round. */
export async function contestRounds(contest: Contest, rounds: number, seed: number): Promise<readonly string[]> {
  const next = seeded(seed);
  const failed: string[] = [];
  for (let round = 0; round < rounds; round += 1)
    failed.push(...(await contest.round(next)).map((each) => `round ${round}: ${each}`));
  return failed;
}

/** What is wrong with how a command ended that others ran beside: it must have done its work, or say who kept it from it. */
export function untruthful(what: string, { code, text }: Ran): readonly string[] {
  if (code === 0) return [];
  const told = /Another coop works on the project ".*": coop \w+ \(pid \d+, since .*\)/.test(text);
  return told ? [] : [`${what} ends with ${code} and does not say who was in its way:\n${text}`];
}

export function applying(file: number): readonly string[] {
  return ["apply", "--yes", "-f", fileName(file)];
}

function fileName(file: number): string {
  return `file-${file}.yaml`;
}

// Rules, variables and the set of agents: a mixture of two files would be neither in at least one of them.
function contents(project: string, file: number): object {
  const agent = { run: ["sleep", "infinity"], workspace: "none", resources: { cpus: 0.5, memory: "64MiB", pids: 32 } };
  const rule = { name: "site", host: `host-${file}.example.com`, ports: [80], protocol: "http" };
  const agents = {
    one: { ...agent, egress: ["site"], environment: { FILE: String(file) } },
    two: { ...agent, environment: { FILE: String(file) } },
    [`only-${file % 3}`]: agent,
  };
  return { version: "coop/v1", project, agents, egress: { rules: [rule] } };
}
