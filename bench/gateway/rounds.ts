import { secondsOf } from "../harness/processor-time.ts";
import type { Done, Work } from "./load/job.ts";
import type { Way } from "./load/way.ts";

/** One of the ways that are compared, and the processes of the proxy on it. */
export interface Arm {
  readonly key: string;
  readonly way: Way;
  readonly pids: () => readonly number[];
}

/** What one arm showed in one round. */
export interface Measured extends Done {
  /** Processor time of the proxy for each request or connection. */
  readonly cpuMicroseconds: number;
}

/** By load and arm, one for each round: `of("requests", "direct")[3]` is of the same round as every other `[3]`. */
export interface Results {
  readonly of: (load: string, arm: string) => readonly Measured[];
}

/** Who sends the load, and what it is. */
export interface Rounds {
  readonly rounds: number;
  readonly loads: Readonly<Record<string, Work>>;
  readonly done: (way: Way, work: Work) => Promise<Done>;
  readonly say: (line: string) => void;
}

/** A B C … C B A …: every load meets every arm once in each round, so that what else the machine does meets all of them. */
export async function alternating(arms: readonly Arm[], { rounds, loads, done, say }: Rounds): Promise<Results> {
  const results = new Map<string, Measured[]>();
  // The first round warms up and is not kept.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [load, work] of Object.entries(loads)) {
      for (const arm of round % 2 === 0 ? arms : arms.toReversed()) {
        const before = secondsOfAll(arm.pids());
        const measured = await done(arm.way, work);
        const cpuMicroseconds = ((secondsOfAll(arm.pids()) - before) / measured.count) * 1e6;
        const key = `${load} ${arm.key}`;
        if (round > 0) results.set(key, [...(results.get(key) ?? []), { ...measured, cpuMicroseconds }]);
      }
    }
    say(round === 0 ? "warmed up" : `round ${round} of ${rounds}: ${summary(arms, loads, results)}`);
  }
  return { of: (load, arm) => results.get(`${load} ${arm}`) ?? [] };
}

function secondsOfAll(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (secondsOf(pid) ?? 0), 0);
}

function summary(
  arms: readonly Arm[],
  loads: Rounds["loads"],
  results: ReadonlyMap<string, readonly Measured[]>,
): string {
  const [first = ""] = Object.keys(loads);
  return arms
    .map((arm) => {
      const last = results.get(`${first} ${arm.key}`)?.at(-1);
      return `${arm.key} ${last === undefined ? "–" : Math.round(last.count / last.seconds)}/s`;
    })
    .join(", ");
}
