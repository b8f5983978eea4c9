import { expect, it } from "vitest";
import { fuzz } from "../gateway/support/fuzz.ts";

const MINUTES = 10;

it.for(["frames", "client hellos", "request heads", "DNS packets"] as const)(
  `survives ${MINUTES} minutes of mutated %s`,
  { timeout: (MINUTES + 2) * 60_000 },
  async (target) => {
    expect(await fuzz(target, MINUTES * 60_000, Date.now())).toBeGreaterThan(10_000);
  },
);
