import type { Cost } from "./command.ts";
import { spread } from "./statistics.ts";

/** One of the things compared: what is measured, and what readies the next round, which is not. */
export interface Arm {
  readonly measured: (round: number) => Promise<Cost>;
  readonly after?: (round: number) => Promise<void>;
}

export interface Rounds {
  readonly least: number;
  readonly most: number;
  /** No further round begins after this, once the least are done. */
  readonly budgetMs: number;
  /** Unmeasured rounds before the first one. */
  readonly warmUp?: number;
}

/** The middle half may be this wide before it is measured again. */
const STEADY = 0.1;

/** A B A B …: each round runs every arm once, so that what else the machine does meets all of them. */
export async function alternate(
  arms: readonly Arm[],
  rounds: Rounds,
  say: (line: string) => void,
): Promise<readonly (readonly Cost[])[]> {
  const costs: Cost[][] = arms.map(() => []);
  const began = performance.now();
  const warmUp = rounds.warmUp ?? 0;
  for (let round = 0; round < rounds.most + warmUp; round += 1) {
    const done = round - warmUp;
    if (
      done >= rounds.least &&
      (performance.now() - began > rounds.budgetMs ||
        costs.every((each) => spread(each.map((cost) => cost.wallMs)) < STEADY))
    )
      break;
    // Who goes first changes, since the second may find warm what the first left.
    const order = arms.map((arm, index) => [arm, index] as const);
    for (const [arm, index] of round % 2 === 0 ? order : order.toReversed()) {
      const cost = await arm.measured(round);
      if (done >= 0) costs[index]?.push(cost);
      await arm.after?.(round);
    }
    if (done >= 0)
      say(`round ${done + 1}: ${costs.map((each) => `${Math.round(each.at(-1)?.wallMs ?? 0)} ms`).join(" against ")}`);
  }
  return costs;
}
