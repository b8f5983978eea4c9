import { expect, it } from "vitest";
import { fuzz } from "./support/fuzz.ts";
import { INTERCEPTED, fuzzIntercepted } from "./support/fuzz-intercepted.ts";

it.for(["frames", "client hellos", "request heads", "DNS packets"] as const)(
  "survives mutated %s",
  { timeout: 30_000 },
  async (target) => {
    expect(await fuzz(target, 2000, 20_260_801)).toBeGreaterThan(50);
  },
);

it.for(INTERCEPTED)("survives mutated %s", { timeout: 60_000 }, async (target) => {
  expect(await fuzzIntercepted(target, 2000, 20_261_121)).toBeGreaterThan(30);
});
