import { expect, it } from "vitest";
import { fuzz } from "../gateway/support/fuzz.ts";
import { INTERCEPTED, fuzzIntercepted } from "../gateway/support/fuzz-intercepted.ts";

const MINUTES = 10;

it.for(["frames", "client hellos", "request heads", "DNS packets"] as const)(
  `survives ${MINUTES} minutes of mutated %s`,
  { timeout: (MINUTES + 2) * 60_000 },
  async (target) => {
    expect(await fuzz(target, MINUTES * 60_000, Date.now())).toBeGreaterThan(10_000);
  },
);

it.for(INTERCEPTED)(
  `survives ${MINUTES} minutes of mutated %s`,
  { timeout: (MINUTES + 2) * 60_000 },
  async (target) => {
    expect(await fuzzIntercepted(target, MINUTES * 60_000, Date.now())).toBeGreaterThan(10_000);
  },
);
