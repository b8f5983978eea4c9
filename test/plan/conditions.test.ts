import { describe, expect, it } from "vitest";
import type { Phase } from "../../src/graph/snapshot.ts";
import type { Change } from "../../src/plan/change.ts";
import { conditionsOf } from "../../src/plan/conditions.ts";
import type { ConditionFacts } from "../../src/plan/conditions.ts";
import { aThing, made } from "./things.ts";
import type { Thing } from "./things.ts";

const thing = aThing("box:a", { size: 1, colour: "red" });
const common = { id: thing.id, origin: null, after: [], destructive: false };
const seen = (phase: Phase) => ({ ...made(thing), phase, since: "2026-01-01T00:00:00Z" });
const FREE: ConditionFacts = { foreign: null, mayComplete: false };

const keep = (phase: Phase): Change<Thing> => ({ ...common, action: "keep", desired: thing, observed: seen(phase) });
const drifted = (phase: Phase): Change<Thing> => ({
  ...common,
  action: "update",
  reason: { kind: "drifted", fields: [{ pointer: "/size", observed: 2, desired: 1 }] },
  desired: thing,
  observed: seen(phase),
});

/** The conditions that hold, and why the object is ready or not. */
function told(change: Change<Thing>, facts: Partial<ConditionFacts> = {}): string {
  const conditions = conditionsOf(change, { ...FREE, ...facts });
  expect(conditions.map((each) => each.type)).toEqual(["Ready", "Progressing", "Drifted", "Blocked"]);
  return [...conditions.filter((each) => each.status).map((each) => each.type), conditions[0]?.reason].join(" ");
}

const RUNNING: Phase = { kind: "running", ready: true };

describe("the conditions of an object", () => {
  const cases: readonly (readonly [string, Change<Thing>, Partial<ConditionFacts>, string])[] = [
    ["that runs", keep(RUNNING), {}, "Ready Running"],
    ["that is on its way", keep({ kind: "starting" }), {}, "Progressing Starting"],
    [
      "that has run its course",
      keep({ kind: "exited", code: 0, outOfMemory: false }),
      { mayComplete: true },
      "Ready Completed",
    ],
    ["that should go on and ended", drifted({ kind: "exited", code: 0, outOfMemory: false }), {}, "Drifted Exited"],
    ["that failed for good", keep({ kind: "exited", code: 3, outOfMemory: false }), { mayComplete: true }, "Exited"],
    ["that took too much", keep({ kind: "exited", code: 137, outOfMemory: true }), {}, "OutOfMemory"],
    ["that somebody paused", drifted({ kind: "paused" }), {}, "Drifted Paused"],
    ["that somebody changed", drifted(RUNNING), {}, "Drifted Drifted"],
    ["that is missing", { ...common, action: "create", reason: { kind: "missing" }, desired: thing }, {}, "Missing"],
    [
      "that the file wants otherwise",
      {
        ...common,
        action: "replace",
        reason: { kind: "changed", fields: [] },
        desired: thing,
        observed: seen(RUNNING),
      },
      {},
      "OutOfDate",
    ],
    [
      "that holds data and is not declared any more",
      {
        ...common,
        destructive: true,
        action: "delete",
        reason: { kind: "no-longer-declared" },
        observed: seen({ kind: "present" }),
      },
      {},
      "Blocked NotDeclared",
    ],
    [
      "under whose name somebody else's stands",
      { ...common, action: "create", reason: { kind: "missing" }, desired: thing },
      { foreign: { id: thing.id, name: "x", blocks: true } },
      "Blocked Missing",
    ],
  ];
  it.each(cases)("%s", (_, change, facts, expected) => {
    expect(told(change, facts)).toBe(expected);
  });

  it("say since when, as far as the engine tells", () => {
    expect(conditionsOf(keep(RUNNING), FREE)[0]?.since).toBe("2026-01-01T00:00:00Z");
    const { since: _, ...untold } = seen(RUNNING);
    expect(conditionsOf({ ...common, action: "keep", desired: thing, observed: untold }, FREE)[0]?.since).toBeNull();
  });
});
