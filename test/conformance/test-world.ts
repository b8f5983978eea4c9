import type { FileValue } from "../support/project.ts";
import type { Comparison } from "../../src/cli/world.ts";

/** One container as the engine itself tells it, with no word of coop's observation in it. */
export interface Standing {
  /** The label that says what it is; empty where it has none. */
  readonly id: string;
  readonly name: string;
  readonly handle: string;
  readonly running: boolean;
  /** Points on one clock, whatever its unit: when it was made, and when it last came up. */
  readonly created: number;
  readonly started: number;
}

/** How an apply ended. */
export interface Ending {
  readonly exit: number;
  /** All that was said to the person. */
  readonly said: string;
}

export interface ApplyChoices {
  readonly deleteData?: boolean;
  /** Applies exactly the plan with this fingerprint, or refuses. */
  readonly saved?: string;
  readonly signal?: AbortSignal;
  /** What happens between the look at the world and the first change. */
  readonly between?: () => Promise<void>;
}

/** A backend, a project of its own on it, and hands that do to it what other people do. */
export interface TestWorld {
  readonly project: string;
  /** An image that is there and has a shell. */
  readonly baseImage: string;
  plan(file: FileValue): Promise<Comparison>;
  apply(file: FileValue, choices?: ApplyChoices): Promise<Ending>;
  destroy(file: FileValue, choices?: ApplyChoices): Promise<Ending>;
  /** Every container that carries the project's label or a name of the project, sorted by name. */
  look(): Promise<readonly Standing[]>;
  /** Names of the volumes that carry the project's label, sorted. */
  volumes(): Promise<readonly string[]>;
  /** Calls back again and again with what stands, until the returned function is called. */
  watch(seen: (standing: readonly Standing[]) => void): () => Promise<void>;
  readonly hand: Hand;
  close(): Promise<void>;
}

/** What somebody else does with rights on the engine. Containers by name. */
export interface Hand {
  stop(name: string): Promise<void>;
  kill(name: string): Promise<void>;
  pause(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  rename(name: string, to: string): Promise<void>;
  /** Puts a container of no project under this name. */
  squat(name: string): Promise<void>;
  /** Makes another container with the same labels, hardened as the first. */
  copy(name: string, as: string): Promise<void>;
  squatVolume(name: string): Promise<void>;
  squatNetwork(name: string): Promise<void>;
}
