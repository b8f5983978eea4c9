import { describe, expect, it } from "vitest";
import { disagreements } from "./support/ignore-oracle.ts";

describe("gitignore semantics", () => {
  it("agree with git on generated patterns and paths", { timeout: 60_000 }, () => {
    const { wrong, hidden } = disagreements(500, 20_261_121);
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(hidden).toBeGreaterThan(100);
  });
});
