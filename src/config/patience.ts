import { validateCoopFile } from "../../schema/coop-validate.gen.js";
import type { Reading } from "./to-plain.ts";

/** With more mistakes than these in it, the rest of a file helps nobody. */
export const ENOUGH = 2000;

/** After so many characters it is looked for the first time, and then after four times as many. */
const FIRST_LOOK = 256 * 1024;
const LATER = 4;

/**
 * Notices early that a large text is no coop.yaml: reading it to its end, only to count what is wrong, takes longer than
 * all the rest. A file that is right is looked at twice at most.
 */
export class Patience {
  readonly #reading: Reading;
  #read = 0;
  #next = FIRST_LOOK;
  #lost = false;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Takes note of a piece that was read, and of what its block holds by now. */
  look(size: number, value: unknown, path: readonly string[]): void {
    this.#read += size;
    if (this.#read < this.#next) return;
    this.#next *= LATER;
    this.#lost = this.#reading.problems.length > ENOUGH || mistakesIn(value, path) > ENOUGH;
  }
}

// What is still to come may be what is missing.
function mistakesIn(value: unknown, path: readonly string[]): number {
  const file = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  if (validateCoopFile(file)) return 0;
  return (validateCoopFile.errors ?? []).filter((error) => error.keyword !== "required").length;
}
