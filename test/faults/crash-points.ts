import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { images } from "../e2e/support/containers.ts";
import { COOP, aProject } from "../e2e/support/project.ts";
import type { Project } from "../e2e/support/project.ts";
import type { Scope } from "../e2e/support/scope.ts";
import { sweep } from "../support/by-hand.ts";
import { canonicalDump } from "./canonical-dump.ts";
import type { Dump } from "./canonical-dump.ts";
import { byHand, spoiling } from "./disturbances.ts";
import { isMutating } from "./engine-call.ts";
import type { EngineCall } from "./engine-call.ts";
import { engineProxy } from "./engine-proxy.ts";
import type { EngineProxy } from "./engine-proxy.ts";
import type { Fault } from "./fault.ts";
import { faultedRun } from "./faulted-run.ts";
import type { FaultedRun } from "./faulted-run.ts";
import type { Forbidden } from "./forbidden.ts";
import { leftVolumes, lostData, markData, strangers, unlike, unserved } from "./oracle.ts";
import type { Strangers } from "./oracle.ts";
import { RunningWatch } from "./running-watch.ts";
import { safetyWatch } from "./safety-watch.ts";
import type { SafetyWatch } from "./safety-watch.ts";
import type { Scenario } from "./scenarios.ts";
import { VARIANTS, subjectFile } from "./subject.ts";
import type { Variant } from "./subject.ts";

/** One call of one scenario, and what befalls it. */
export interface Point {
  readonly scenario: Scenario;
  /** As EngineCall's key; a number is the n-th of the calls that change something, from 1. */
  readonly at: string | number;
  readonly fault: Fault;
}

/** How one point ended: what is wrong, nothing when all promises were kept. */
export interface Outcome {
  readonly point: Point;
  /** Whether the call was made at all; polls of health checks are not made in every run. */
  readonly reached: boolean;
  /** The call's key. */
  readonly key: string;
  readonly wrong: readonly string[];
}

const ENGINE = "/var/run/docker.sock";
/** What a process uses at one moment. */
export interface Usage {
  readonly bytes: number;
  readonly descriptors: number;
}

/** How a watch lived through a soak. */
export interface Soaked {
  readonly wrong: readonly string[];
  /** At each calm, in order. */
  readonly used: readonly Usage[];
  readonly disturbed: number;
}

/** A bound for what hangs; a machine under load is slow. */
const CONVERGES_MS = 180_000;
const MARK = "data that must survive\n";

/** A project of its own on which points are tried one after the other; each ends where the next may begin. */
export class CrashBench {
  readonly project: Project;
  readonly #proxy: EngineProxy;
  readonly #watch: SafetyWatch;
  readonly #forbidden: Forbidden;
  readonly #strangers: Strangers;
  readonly #port: number;
  readonly #wanted = new Map<string, Dump>();
  /** The variant that the world is equal to; null = nothing is there, undefined = nobody knows. */
  #state: Variant | null | undefined = null;
  #toldViolations = 0;
  #marked = false;

  private constructor(project: Project, proxy: EngineProxy, forbidden: Forbidden, theirs: Strangers, port: number) {
    this.project = project;
    this.#proxy = proxy;
    this.#forbidden = forbidden;
    this.#strangers = theirs;
    this.#port = port;
    this.#watch = safetyWatch(project.name);
  }

  static async open(scope: Scope, forbidden: Forbidden): Promise<CrashBench> {
    // Below the range from which the kernel takes ports for connections.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const name = scope.unique();
    scope.later(() => sweep(name));
    const project = await aProject(scope, { agents: {} }, { name });
    const folder = mkdtempSync(join(tmpdir(), "coop-proxy-"));
    scope.later(() => rmSync(folder, { recursive: true, force: true }));
    const proxy = await engineProxy({ path: join(folder, "engine.sock"), engine: ENGINE, project: name });
    scope.later(() => proxy.close());
    const theirs = await strangers(name, images().base);
    scope.later(() => theirs.remove());
    const bench = new CrashBench(project, proxy, forbidden, theirs, port);
    scope.later(() => bench.#watch.stop());
    return bench;
  }

  /** The calls of a scenario that change something or run something, by a run without a fault. */
  async record(scenario: Scenario): Promise<readonly string[]> {
    await this.#begin(scenario);
    const ran = await this.#run(scenario.command, () => null);
    if (ran.code !== 0) throw new Error(`${scenario.name} fails without a fault (${ran.code}):\n${ran.text}`);
    const keys = ran.calls.filter(isMutating).map((each) => each.key);
    this.#state = scenario.converges ? scenario.to : undefined;
    return keys;
  }

  /** Tries one point: the fault, one apply, and everything that must hold then. */
  async try(point: Point): Promise<Outcome> {
    try {
      return await this.#try(point);
    } catch (error) {
      // What cannot even be looked at is wrong as well, and the others are tried all the same.
      this.#state = undefined;
      const wrong = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
      return { point, reached: true, key: String(point.at), wrong };
    }
  }

  async #try(point: Point): Promise<Outcome> {
    const wrong: string[] = [];
    const { scenario, at, fault } = point;
    let [key, count] = [String(at), 0];
    const hits = (call: EngineCall): Fault | null => {
      if (!isMutating(call)) return null;
      count += 1;
      if (call.key !== at && count !== at) return null;
      key = call.key;
      return fault;
    };
    await this.#begin(scenario);
    this.#state = undefined;
    const spoiled = await this.#run(scenario.command, hits);
    if (!spoiled.killed && spoiled.code === 0 && scenario.converges) {
      const told = await this.#run(["plan", "--detailed-exitcode"], () => null);
      if (told.code !== 0) wrong.push(`it ended with 0, and the plan is not empty:\n${told.text}`);
    }
    const applied = await this.#run(["apply", "--yes"], () => null);
    if (applied.code !== 0) wrong.push(`one apply does not mend it (${applied.code}):\n${applied.text}`);
    wrong.push(...(await this.#judge(scenario.to)));
    if (wrong.length === 0) this.#state = scenario.to;
    return { point, reached: spoiled.reached, key, wrong };
  }

  /** As `try`, but it is `coop watch` that meets the fault, and another `coop watch` that mends what it left. */
  async tryWatch(point: Point): Promise<Outcome> {
    const { scenario, at, fault } = point;
    await this.#begin(scenario);
    this.#state = undefined;
    let [key, count] = [String(at), 0];
    const first = RunningWatch.start(this.project, this.#proxy.address);
    this.#proxy.arm(
      (call) => {
        if (!isMutating(call)) return null;
        count += 1;
        if (call.key !== at && count !== at) return null;
        key = call.key;
        return fault;
      },
      () => first.kill(),
    );
    const wrong: string[] = [];
    // What is only spoiled is mended by the same watch.
    const met = await this.#converges(first, scenario.to);
    const killed = !first.running;
    first.kill();
    await first.ended;
    this.#proxy.arm(
      () => null,
      () => undefined,
    );
    if (killed) {
      const second = RunningWatch.start(this.project, this.#proxy.address);
      wrong.push(...(await this.#converges(second, scenario.to)));
      second.kill();
      await second.ended;
    } else wrong.push(...met);
    wrong.push(...(await this.#judge(scenario.to)));
    if (wrong.length === 0) this.#state = scenario.to;
    return { point, reached: key !== String(at) || typeof at === "string", key, wrong };
  }

  /** Lets a watch live among faults, hands and edits for so long; gives what was wrong, and what it used at each calm. */
  async soak(ms: number, next: () => number, say: (line: string) => void): Promise<Soaked> {
    const { start, changed } = VARIANTS;
    const scenario = { name: "soak", from: start, to: start, before: null, command: [], converges: true, calls: 0 };
    for (const variant of [changed, start]) if (!this.#wanted.has(variant.name)) await this.#fresh(variant);
    await this.#begin(scenario);
    this.#state = undefined;
    const quiet = (): void =>
      this.#proxy.arm(
        () => null,
        () => undefined,
      );
    quiet();
    const watch = RunningWatch.start(this.project, this.#proxy.address);
    const [wrong, used]: [string[], Usage[]] = [[], []];
    const deadline = Date.now() + ms;
    let disturbed = 0;
    while (watch.running && (Date.now() < deadline || used.length < 3)) {
      this.#proxy.arm(spoiling(next, 8), () => undefined);
      for (let count = 0; count < 8; count += 1, disturbed += 1) {
        const what = next();
        const variant = [start, changed][Math.floor(next() * 2)] ?? start;
        if (what < 0.4) await byHand(this.project.name, next);
        else if (what < 0.6) this.project.write(this.#file(variant));
        else if (what < 0.7) this.project.put({ "coop.yaml": "agents: {{{" });
        else if (what < 0.8) this.project.put({ "coop.yaml": "" });
        else if (what < 0.9) await this.#proxy.restart(1000 + 2000 * next());
        await sleep(500 + 3000 * next());
      }
      quiet();
      const calm = [start, changed][used.length % 2] ?? start;
      this.project.write(this.#file(calm));
      const met = await this.#converges(watch, calm);
      wrong.push(...met, ...(await this.#judge(calm)));
      if (watch.running) used.push(watch.resources());
      say(
        `${disturbed} disturbances, calm ${used.length}: ${JSON.stringify(used.at(-1))}${wrong.map((each) => `\n${each}`).join("")}`,
      );
      if (wrong.length > 0) break;
    }
    if (!watch.running) wrong.push(`it ended by itself:\n${watch.said.slice(-3000)}`);
    watch.kill("SIGINT");
    await watch.ended;
    return { wrong, used, disturbed };
  }

  // Empty when it says so, and the world is so; ends early when it no longer runs.
  async #converges(watch: RunningWatch, variant: Variant): Promise<readonly string[]> {
    const deadline = Date.now() + CONVERGES_MS;
    let differs: readonly string[] = [];
    while (watch.running && Date.now() < deadline) {
      if (watch.last?.phase === "converged") {
        differs = await unlike(this.#wanted.get(variant.name) ?? {}, this.project.name);
        if (differs.length === 0) return [];
      }
      await sleep(250);
    }
    return [`coop watch does not converge: ${differs.slice(0, 5).join("; ")}\n${watch.unready}`];
  }

  /** How many raw reports the watcher outside has looked at. */
  get samples(): number {
    return this.#watch.seen().samples;
  }

  async #begin({ from, to, before }: Scenario): Promise<void> {
    if (!this.#wanted.has(to.name)) await this.#fresh(to);
    if (from === null) await this.#empty();
    // What failed a point may be a world that nothing mends: the next one begins in a new one.
    else if (this.#state === undefined) await this.#fresh(from);
    else if (this.#state !== from) await this.#applied(from);
    if (from !== null && !this.#marked) {
      await markData(this.project.name, MARK);
      this.#marked = true;
    }
    if (before !== null) {
      const ran = await this.#run(before, () => null);
      if (ran.code !== 0) throw new Error(`coop ${before.join(" ")} fails without a fault:\n${ran.text}`);
    }
    this.project.write(this.#file(to));
  }

  // What every other way must end like.
  async #fresh(variant: Variant): Promise<void> {
    await this.#empty();
    await this.#applied(variant);
    this.#wanted.set(variant.name, await canonicalDump(this.project.name));
  }

  async #empty(): Promise<void> {
    await sweep(this.project.name, (name) => name.startsWith(`${this.project.name}-stranger`));
    this.#state = null;
    this.#marked = false;
  }

  async #applied(variant: Variant): Promise<void> {
    this.project.write(this.#file(variant));
    const ran = await this.#run(["apply", "--yes"], () => null);
    if (ran.code !== 0) throw new Error(`apply fails without a fault (${ran.code}):\n${ran.text}`);
    this.#state = variant;
  }

  async #judge(variant: Variant): Promise<readonly string[]> {
    const { name } = this.project;
    const planned = await this.#run(["plan", "--detailed-exitcode"], () => null);
    const moved = planned.calls.filter(isMutating).map((each) => each.key);
    const { violations, nameless } = this.#watch.seen();
    const fresh = violations.slice(this.#toldViolations);
    this.#toldViolations = violations.length;
    return [
      ...(planned.code === 0 ? [] : [`the next plan is not empty (${planned.code}):\n${planned.text}`]),
      ...moved.map((each) => `the next plan makes the call ${each}`),
      ...(await unlike(this.#wanted.get(variant.name) ?? {}, name)),
      ...(await unserved(name)),
      ...(this.#marked ? await lostData(name, MARK) : []),
      ...(await this.#strangers.touched()),
      ...(await leftVolumes(name, nameless)),
      ...fresh.map((each) => `seen from outside: ${each}`),
      ...(await this.#forbidden.reached()).map((each) => `a forbidden door was reached: ${each}`),
    ];
  }

  #run(args: readonly string[], hits: Parameters<typeof faultedRun>[2]): Promise<FaultedRun> {
    const command = { program: [COOP, ...args], cwd: this.project.root, env: this.project.environment };
    return faultedRun(this.#proxy, command, hits);
  }

  #file(variant: Variant): ReturnType<typeof subjectFile> {
    return subjectFile(variant, { probing: this.#forbidden.probing, port: this.#port });
  }
}
