import { expect, it } from "vitest";
import { fuzz } from "./support/fuzz.ts";

it.for(["frames", "client hellos", "request heads", "DNS packets"] as const)(
  "survives mutated %s",
  { timeout: 30_000 },
  async (target) => {
    expect(await fuzz(target, 2000, 20_260_801)).toBeGreaterThan(50);
  },
);
