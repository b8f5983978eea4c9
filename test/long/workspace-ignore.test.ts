import { describe, expect, it } from "vitest";
import { disagreements } from "../workspace/support/ignore-oracle.ts";

describe("gitignore semantics, at length", () => {
  it.for([1, 2, 3, 4, 5, 6, 7, 8])("agree with git on 4,000 generated cases, seed %i", { timeout: 300_000 }, (seed) => {
    const { wrong, hidden } = disagreements(4000, seed);
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(hidden).toBeGreaterThan(1000);
  });
});
