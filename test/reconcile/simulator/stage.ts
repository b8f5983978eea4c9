import type { ContainerObject } from "../../../compilers/container/resources.ts";
import { MemoryBackend } from "../../../src/backends/memory/memory-backend.ts";
import { refused } from "../../../src/backends/memory/memory-world.ts";
import type { MemoryContainer } from "../../../src/backends/memory/memory-world.ts";
import { carryPlan } from "../../../src/cli/carry-plan.ts";
import { Reconciler } from "../../../src/reconcile/reconciler.ts";
import type { Allowed } from "../../../src/reconcile/hold.ts";
import type { ProjectState } from "../../../src/reconcile/state.ts";
import type { News, World } from "../../../src/reconcile/world.ts";
import type { Chance } from "./chance.ts";
import type { SimulatedFile } from "./files.ts";
import { anEngine, applyAll } from "./fresh.ts";
import { Oracle } from "./oracle.ts";
import type { Actor } from "./oracle.ts";
import { Scheduler } from "./scheduler.ts";

/** What lies where the file should be. */
export type OnDisk = SimulatedFile | "gone" | "half-written";

export const HOUR_MS = 3_600_000;
export const RESYNC_MS = 60_000;

/** An engine, a disk, a person and a reconciler, whose every step is taken in an order that chance decides. */
export class Stage {
  readonly log: string[] = [];
  readonly engine = anEngine();
  readonly time: Scheduler;
  readonly oracle: Oracle;
  /** Whether somebody has copied labels of ours: then nobody can tell a renamed container from a copy. */
  readonly copied: boolean;
  /** How many of the next edits nobody hears of. */
  dropped = 0;
  unreachable = false;
  state: ProjectState | null = null;
  disk: OnDisk;
  /** The last file that the reconciler has followed. */
  followed: SimulatedFile | null = null;
  readonly #chance: Chance;
  readonly #allowed: Allowed;
  #wanted: SimulatedFile | null = null;
  #heardEdits: (() => void)[] = [];
  #lock: Promise<void> = Promise.resolve();
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(chance: Chance, disk: SimulatedFile, allowed: Allowed) {
    this.#chance = chance;
    this.#allowed = allowed;
    this.disk = disk;
    this.time = new Scheduler(chance);
    this.engine.between = this.time.turn;
    this.copied = chance.of(0.5);
    this.oracle = new Oracle(this.engine, this.copied ? this.#strangers() : []);
  }

  /** Begins a reconciler that knows nothing. */
  begin(): void {
    this.#stop = new AbortController();
    const options = { allowed: this.#allowed, resyncMs: RESYNC_MS, settleMs: 1000 };
    this.#running = new Reconciler(this.#world(), options).run(this.#stop.signal);
    // Seen where it is awaited.
    this.#running.catch(() => undefined);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.time.until(this.#running, HOUR_MS);
  }

  write(file: OnDisk): void {
    // The first file that it reads is believed: whoever begins it there means that project.
    if (typeof file === "object" && file.project !== "demo" && this.state?.project !== "demo") return;
    this.disk = file;
    this.say(`the file is ${typeof file === "string" ? file : file.name}`);
    if (this.dropped > 0) this.dropped -= 1;
    else for (const heard of this.#heardEdits) heard();
  }

  async person(file: SimulatedFile): Promise<void> {
    this.say(`a person applies ${file.name}`);
    await this.time.until(
      this.#locked("person", () => applyAll(this.engine, file)),
      HOUR_MS,
    );
  }

  async passes(ms: number): Promise<void> {
    await this.time.until(this.time.sleep(ms, new AbortController().signal), HOUR_MS);
  }

  isOurs(each: MemoryContainer): boolean {
    return !this.oracle.isStranger(each.handle) && each.labels["coop.dev/project"] === "demo";
  }

  say(what: string): void {
    this.log.push(`${String(this.time.now() - 1_000_000_000_000).padStart(9)} ms  ${what}`);
  }

  /** How it says that things are. */
  says(): string {
    const { state } = this;
    if (state === null) return "nothing";
    const objects = [...state.objects].flatMap(([id, { standing }]) =>
      standing.kind === "ready"
        ? []
        : [`${id} ${JSON.stringify(standing)}${standing.kind === "failed" ? ` ${messageOf(standing.error)}` : ""}`],
    );
    const failure = state.failure === null ? "" : messageOf(state.failure.error);
    return `${state.phase}, file ${state.file.kind}, ${failure} ${objects.join("; ")}`;
  }

  #world(): World<ContainerObject, SimulatedFile, SimulatedFile> {
    const backendFor = (file: SimulatedFile): MemoryBackend => new MemoryBackend(this.engine, file.project);
    return {
      clock: this.time,
      random: this.#chance.next,
      read: async () => {
        await this.time.turn();
        if (typeof this.disk === "object") return { kind: "good", file: this.disk, project: this.disk.project };
        return { kind: "bad", problem: { diagnostics: [], message: this.disk, text: null } };
      },
      desired: async (file) => {
        this.#wanted = file;
        return { ok: true, desired: file };
      },
      observe: async (file, signal) => {
        await this.time.turn();
        if (this.unreachable) throw refused("answer");
        const snapshot = await backendFor(file).observe(file.graph, signal);
        await this.time.turn();
        return snapshot;
      },
      carry: (file, plan, onEvent, signal) => {
        const options = { deleteData: this.#allowed.destruction, parallelism: 4, outcomes: new Map(), onEvent };
        return carryPlan({ backend: backendFor(file) }, plan, options, signal);
      },
      spend: (file, observed) => backendFor(file).stop(observed),
      stop: (file, observed) => backendFor(file).stop(observed),
      turn: (work) => this.#locked("reconciler", work),
      hints: (_project, signal) => this.#hints(signal),
      edits: (signal) => this.#edits(signal),
      report: (news) => {
        if (news.kind === "pass" || news.kind === "state") this.state = news.state;
        if (news.kind === "pass" && news.state.file.kind === "followed") this.followed = this.#wanted;
        if (process.env["TRACE"] !== undefined) this.#trace(news);
      },
    };
  }

  // For whoever replays one seed: TRACE=1.
  #trace(news: News): void {
    if (news.kind === "pass") this.say(`  look ${news.state.counters.passes}, ${news.going} go: ${this.says()}`);
    if (news.kind === "change" && news.event.kind === "ended")
      this.say(`  ${news.event.change.action} ${news.event.change.id}: ${news.event.outcome.kind}`);
  }

  async #locked<T>(actor: Actor, work: () => Promise<T>): Promise<T> {
    const before = this.#lock;
    let free = (): void => undefined;
    this.#lock = new Promise((resolve) => {
      free = resolve;
    });
    await before;
    this.oracle.actor = actor;
    try {
      return await work();
    } finally {
      free();
    }
  }

  // Some events come twice, some never.
  async *#hints(
    signal: AbortSignal,
  ): AsyncIterable<{ readonly kind: "object" | "resubscribed"; readonly what: string }> {
    if (this.unreachable) throw refused("subscribe");
    yield { kind: "resubscribed", what: "events" };
    let seen = 0;
    let wake = (): void => undefined;
    const count = (): void => {
      if (this.#chance.of(0.1)) return;
      seen += this.#chance.of(0.1) ? 2 : 1;
      wake();
    };
    this.engine.events.on("change", count).on("hint", count);
    signal.addEventListener("abort", () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        if (seen === 0) await new Promise<void>((resolve) => (wake = resolve));
        if (signal.aborted) return;
        if (this.unreachable) throw refused("go on telling");
        seen = Math.max(0, seen - 1);
        yield { kind: "object", what: "event" };
      }
    } finally {
      this.engine.events.off("change", count).off("hint", count);
    }
  }

  async *#edits(signal: AbortSignal): AsyncIterable<string> {
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#heardEdits.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      this.#heardEdits = [];
      if (!signal.aborted) yield "coop.yaml";
    }
  }

  // One that copied labels and one that has nothing to do with us.
  #strangers(): readonly MemoryContainer[] {
    const body = { HostConfig: { CapDrop: [], Mounts: [], NetworkMode: "bridge", Privileged: false } };
    const strange = (name: string, labels: Readonly<Record<string, string>>): MemoryContainer =>
      this.engine.add({
        name,
        labels,
        image: "sha256:foreign",
        networks: ["bridge"],
        kernelPathsMasked: true,
        body: body as unknown as MemoryContainer["body"], // only what the observation reads of a stranger
        joins: null,
        phase: { kind: "running", ready: true },
      });
    return [
      strange("somebody-elses", {}),
      strange("copied", {
        "coop.dev/project": "demo",
        "coop.dev/id": "container:sandbox.b.0",
        "coop.dev/digest": "x",
      }),
    ];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
