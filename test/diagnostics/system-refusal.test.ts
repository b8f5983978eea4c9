import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { systemRefusal } from "../../src/diagnostics/system-refusal.ts";

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

it("says what the machine refused, where, why, and what mends it", () => {
  const full = systemRefusal(thrownBy(() => writeFileSync("/dev/full", "x")));
  expect([full?.code, full?.message]).toEqual([
    "SYSTEM_REFUSED",
    "This machine refused to write: no space is left there.",
  ]);
  expect(full?.mend).toContain("Make room");
  const inTheWay = systemRefusal(thrownBy(() => writeFileSync("/dev/null/x", "x")));
  expect(inTheWay?.message).toBe("This machine refused to open /dev/null/x: a part of its path is no folder.");
});

it.for([
  new Error("ours"),
  Object.assign(new Error("x"), { code: "ENOSPC" }),
  "text",
  null,
  thrownBy(() => writeFileSync("/no/such/x", "")),
])("leaves to coop what is its own: %s", (error) => {
  expect(systemRefusal(error)).toBeNull();
});
