import { refused } from "../../../src/backends/memory/memory-world.ts";
import type { Fault } from "../../../src/backends/memory/memory-world.ts";
import type { Allowed } from "../../../src/reconcile/hold.ts";
import { chanceOf } from "./chance.ts";
import type { Chance } from "./chance.ts";
import { drift } from "./drifts.ts";
import { EMPTYING, FILES } from "./files.ts";
import type { SimulatedFile } from "./files.ts";
import { differencesFrom } from "./fresh.ts";
import { RESYNC_MS, Stage } from "./stage.ts";
import type { OnDisk } from "./stage.ts";

/** How one simulation went: what was done, line by line, and what should not have been. */
export interface Simulated {
  readonly seed: number;
  readonly log: readonly string[];
  readonly violations: readonly string[];
}

/** For one thing that happens, the whole project may be made anew, and some of it more than once. */
const CALLS_PER_EVENT = 80;

/**
 * One schedule: a person applies a file, a reconciler begins, and then files, hands and faults come and go while everything is
 * interleaved by chance. Whatever happens, nothing is loosened, lost or emptied without the person, and at the end it converges.
 */
export async function simulate(
  seed: number,
  allowed: Allowed = { loosening: false, destruction: false },
): Promise<Simulated> {
  const simulation = new Simulation(seed, allowed);
  await simulation.run();
  const { log, oracle } = simulation.stage;
  return { seed, log, violations: [...new Set(oracle.violations)] };
}

class Simulation {
  readonly stage: Stage;
  readonly #chance: Chance;
  /** The last file that was written and could be followed. */
  #last: SimulatedFile;
  #events = 0;

  constructor(seed: number, allowed: Allowed) {
    this.#chance = chanceOf(seed);
    this.#last = this.#chance.pick(FILES);
    this.stage = new Stage(this.#chance, this.#last, allowed);
  }

  async run(): Promise<void> {
    if (this.#chance.of(0.8)) await this.stage.person(this.#last);
    this.stage.begin();
    const steps = 1 + this.#chance.below(6);
    for (let step = 0; step < steps; step += 1) {
      this.#events += 1;
      await this.#happens();
      await this.stage.passes(this.#chance.pick([0, 20, 120, 700, 2500, 61_000]));
    }
    this.#calm();
    await this.#expectKept();
    await this.#expectConverged();
    await this.stage.end();
  }

  async #happens(): Promise<void> {
    const { below, of, pick } = this.#chance;
    const { stage } = this;
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        return this.#write(pick(FILES));
      case 3:
        return this.#write(pick<OnDisk>(["gone", "half-written", ...EMPTYING]));
      case 4:
      case 5: {
        const what = drift(stage.engine, this.#chance, (each) => stage.isOurs(each), stage.copied);
        if (what !== null) stage.say(what);
        if (of(0.7)) stage.engine.events.emit("hint");
        return;
      }
      case 6:
        return this.#trouble(
          pick(["the rules are wiped", "the engine is silent", "edits are lost", "looks have gaps"]),
        );
      case 7:
        stage.say("calls fail for a while");
        stage.engine.faults = [this.#fault(pick([0.05, 0.15, 0.5]))];
        return;
      case 8:
        // Who begins it with a file of another name means that name.
        if (typeof stage.disk === "object" && stage.disk.project !== "demo") return;
        stage.say("the reconciler ends and is begun again");
        await stage.end();
        return stage.begin();
      case 9:
        if (of(0.5)) this.#calm();
        if (stage.disk === this.#last) await stage.person(this.#last);
    }
  }

  #trouble(what: "the rules are wiped" | "the engine is silent" | "edits are lost" | "looks have gaps"): void {
    const { stage } = this;
    stage.say(what);
    if (what === "the rules are wiped") stage.engine.rules.clear();
    if (what === "the engine is silent") stage.unreachable = true;
    if (what === "edits are lost") stage.dropped = 3;
    if (what === "looks have gaps") stage.engine.gaps = ["a part"];
  }

  #calm(): void {
    this.stage.engine.faults = [];
    this.stage.engine.gaps = [];
    this.stage.unreachable = false;
    this.stage.dropped = 0;
  }

  #fault(rate: number): Fault {
    return (call, moment) => {
      if (this.stage.oracle.actor === "reconciler" && this.#chance.of(rate)) throw refused(`${call.verb}, ${moment}`);
    };
  }

  #write(file: OnDisk): void {
    this.stage.write(file);
    const { disk } = this.stage;
    if (typeof disk === "object" && !EMPTYING.includes(disk)) this.#last = disk;
  }

  // A wrong or an emptying file leaves everything there.
  async #expectKept(): Promise<void> {
    const { stage } = this;
    if (stage.disk === this.#last) return;
    await this.#rest("while the file is wrong");
    const there = new Set([...stage.engine.containers.values()].map((each) => each.labels["coop.dev/id"]));
    // What was removed by hand is not made again while a person must say whether any of it stays.
    const wrong = typeof stage.disk === "string" && stage.state?.project === "demo";
    const held = new Set<string>(
      [...(stage.state?.objects ?? [])].flatMap(([id, { standing }]) => (standing.kind === "held" ? [id] : [])),
    );
    for (const id of wrong ? (stage.followed?.sandboxes ?? []) : [])
      if (!there.has(id) && !held.has(id)) this.#violated(`${id} is gone, and no file said so`);
    this.#write(this.#chance.pick(FILES));
  }

  // What the person has not let through, they let through now; then it must be as if it had always been so.
  async #expectConverged(): Promise<void> {
    const { stage } = this;
    await this.#rest("at the end");
    if (stage.state?.phase !== "converged") {
      if (!this.#needsPerson()) this.#violated(`it does not converge, and says ${stage.says()}`);
      await stage.person(this.#last);
      await this.#rest("behind a person's apply");
    }
    if (stage.state?.phase !== "converged") this.#violated(`not converged behind an apply: ${stage.says()}`);
    const differences = differencesFrom(this.#last, stage.engine, (each) => stage.oracle.isStranger(each.handle));
    if (differences.length > 0) this.#violated(`not as a fresh apply of ${this.#last.name}: ${differences.join("\n")}`);
    const before = stage.oracle.calls;
    await stage.passes(2 * RESYNC_MS + 1);
    if (stage.oracle.calls !== before) this.#violated("it goes on changing what is converged");
    const most = CALLS_PER_EVENT * (this.#events + 3);
    if (stage.oracle.calls > most) this.#violated(`${stage.oracle.calls} calls for ${this.#events} events`);
  }

  // Until nothing is left to do but to wait for a person, or for ever.
  async #rest(when: string): Promise<void> {
    const { stage } = this;
    for (let minutes = 0; minutes < 25; minutes += 1) {
      await stage.passes(RESYNC_MS + 1);
      const moves = [...(stage.state?.objects.values() ?? [])].some(({ standing }) =>
        ["progressing", "waiting", "starting", "failed", "ended"].includes(standing.kind),
      );
      if (!moves && stage.state?.failure === null) return;
    }
    this.#violated(`it never comes to rest ${when}: ${stage.says()}`);
  }

  #needsPerson(): boolean {
    const { state } = this.stage;
    if (state === null) return false;
    const waits = ["held", "fought", "halted", "foreign"];
    const held = [...state.objects.values()].some(({ standing }) => waits.includes(standing.kind));
    return held || state.heldReach.length > 0 || state.file.kind === "held";
  }

  #violated(what: string): void {
    this.stage.oracle.violations.push(what);
  }
}
