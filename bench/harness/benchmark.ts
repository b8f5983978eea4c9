import type { Bench } from "./bench.ts";
import type { Figure } from "./figure.ts";

export interface Benchmark {
  readonly name: string;
  /** One sentence: what is done, against what. */
  readonly about: string;
  readonly run: (bench: Bench) => Promise<readonly Figure[]>;
}
