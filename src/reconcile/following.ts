import type { Resource } from "../graph/resource.ts";
import type { Snapshot } from "../graph/snapshot.ts";
import type { Desired } from "./decide.ts";
import { empties } from "./follow.ts";
import type { FileProblem, FileState } from "./state.ts";
import type { World } from "./world.ts";

/** What is wanted at this moment, and what there is. */
export interface Followed<R extends Resource, D extends Desired<R>> {
  readonly desired: D;
  readonly snapshot: Snapshot<R>;
  readonly file: FileState;
  /** Whether what is missing may be made: not while a person must say whether any of it stays. */
  readonly creates: boolean;
  /** Since when the same objects are declared, in milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Which file is followed: the newest that is right and would leave something of the project. A wrong, an empty or a missing one
 * changes nothing of what is wanted, and neither does one that would empty the project or that names another.
 */
export class Following<R extends Resource, F, D extends Desired<R>> {
  readonly #world: World<R, F, D>;
  readonly #empties: boolean;
  #last: { readonly desired: D; readonly since: number; readonly declared: string } | null = null;
  #file: FileState = { kind: "followed" };

  /** `empties`: a person allows that a file empties the project. */
  constructor(world: World<R, F, D>, mayEmpty: boolean) {
    this.#world = world;
    this.#empties = mayEmpty;
  }

  /** The project that is followed; null before the first good file. */
  get project(): string | null {
    return this.#last?.desired.project ?? null;
  }

  get file(): FileState {
    return this.#file;
  }

  /** Reads the file and looks at the world; null = there was never a file that could be followed. */
  async look(signal: AbortSignal): Promise<Followed<R, D> | null> {
    const reading = await this.#world.read();
    if (reading.kind === "bad") return this.#refused(reading.problem, signal);
    const wanted = await this.#world.desired(reading.file, signal);
    if (!wanted.ok) return this.#refused(wanted.problem, signal);
    const { desired } = wanted;
    const snapshot = await this.#world.observe(desired, signal);
    const held = this.#empties ? null : this.#held(desired, snapshot);
    if (held !== null) {
      const since = this.#file.kind === "held" && this.#file.why === held.why ? this.#file.since : this.#now();
      this.#file = { kind: "held", ...held, since };
      return this.#again(false, signal);
    }
    const declared = desired.graph.resources.map((each) => each.id).join("\n");
    const since = this.#last?.declared === declared ? this.#last.since : this.#now();
    this.#last = { desired, since, declared };
    this.#file = { kind: "followed" };
    return { desired, snapshot, file: this.#file, creates: true, since };
  }

  #refused(problem: FileProblem, signal: AbortSignal): Promise<Followed<R, D> | null> {
    const since = this.#file.kind === "refused" ? this.#file.since : this.#now();
    this.#file = { kind: "refused", problem, since };
    return this.#again(true, signal);
  }

  // What was wanted last goes on being wanted, with what was read for it then.
  async #again(creates: boolean, signal: AbortSignal): Promise<Followed<R, D> | null> {
    if (this.#last === null) return null;
    const { desired, since } = this.#last;
    const snapshot = await this.#world.observe(desired, signal);
    return { desired, snapshot, file: this.#file, creates, since };
  }

  // What a person has applied shows in the world: then the file has been followed already.
  #held(desired: D, snapshot: Snapshot<R>): { readonly why: "emptied" | "renamed"; readonly message: string } | null {
    const before = this.#last?.desired.project ?? desired.project;
    const { isSandbox } = desired.consent;
    const isThere = snapshot.observed.some((each) => each.ownership === "ours" && isSandbox(each.id));
    if (before !== desired.project && !isThere)
      return { why: "renamed", message: `the file names the project ${desired.project}, and what runs is ${before}` };
    const declared = new Set<string>(desired.graph.resources.map((each) => each.id));
    return empties(snapshot, declared, desired.consent)
      ? { why: "emptied", message: "the file declares none of the agents that are there" }
      : null;
  }

  #now(): number {
    return this.#world.clock.now();
  }
}
