/** How long something that fails is left alone before it is tried again. */
export interface BackoffRules {
  readonly firstMs: number;
  readonly capMs: number;
}

export const BACKOFF: BackoffRules = { firstMs: 250, capMs: 5 * 60_000 };

/** What ran this long since it was last put right has recovered: its failures are forgotten. */
export const HEALTHY_MS = 10_000;

/** From so many failures in a row on it is called a loop, until it has run for `HEALTHY_MS`. */
export const LOOP = 3;

/** More than this the exponent need not know. */
const MOST_DOUBLINGS = 30;

/**
 * The pause before the next try in milliseconds: doubled with each failure up to the cap, and up to half of it less, so that
 * many that failed at the same moment do not come back at the same moment. `random`: 0 ≤ x < 1.
 */
export function pauseMs(failures: number, random: number, rules: BackoffRules = BACKOFF): number {
  if (failures <= 0) return 0;
  const whole = Math.min(rules.capMs, rules.firstMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS));
  return Math.round(whole * (1 - random / 2));
}
