import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "../../src/diagnostics/nearest.ts";

describe("nearest", () => {
  it.for([
    ["enviroment", "environment"],
    ["depends_on", "dependsOn"],
    ["Ports", "ports"],
    ["hostport", "hostPorts"],
    ["imgae", "image"],
    ["gate", null],
    ["x", null],
    ["", null],
  ] as const)("takes %s for %s", ([word, meant]) => {
    expect(nearest(word, ["environment", "dependsOn", "ports", "hostPorts", "image", "resources"])).toBe(meant);
  });

  it("counts a swap of two neighbours as one edit", () => {
    expect(editDistance("imgae", "image")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("abc", "abc")).toBe(0);
  });
});
