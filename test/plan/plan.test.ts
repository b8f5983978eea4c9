import { describe, expect, it } from "vitest";
import { plan } from "../../src/plan/plan.ts";
import { aThing, graphOf, linesOf, made, THING_RULES, worldOf } from "./things.ts";

const a = aThing("box:a");

describe("what a plan says", () => {
  it.for([
    { name: "makes what is missing", world: worldOf(), lines: ["create box:a missing"] },
    { name: "leaves what is as asked", world: worldOf(made(a)), lines: [] },
    {
      name: "replaces what the file changed",
      world: worldOf(made(aThing("box:a", { size: 2 }))),
      lines: ["replace box:a changed"],
    },
    {
      name: "mends in place what drifted and can be mended",
      world: worldOf(made(a, { live: { size: 7, colour: "red" } })),
      lines: ["update box:a drifted"],
    },
    {
      name: "replaces what drifted and cannot be mended",
      world: worldOf(made(a, { live: { size: 7, colour: "blue" } })),
      lines: ["replace box:a drifted"],
    },
    {
      name: "compares only what can be read back",
      world: worldOf(made(a, { live: { size: 1 } })),
      lines: [],
    },
    {
      name: "replaces what carries no digest of ours",
      world: worldOf(made(a, { digest: "" })),
      lines: ["replace box:a changed"],
    },
    {
      name: "trusts its eyes where no digest can stand",
      world: worldOf(made(a, { digest: null })),
      lines: [],
    },
    {
      name: "removes what is no longer declared",
      world: worldOf(made(a), made(aThing("box:b"))),
      lines: ["delete box:b no-longer-declared"],
    },
    {
      name: "leaves what others may share",
      world: worldOf(made(a), made(aThing("shared:b"))),
      lines: [],
    },
    {
      name: "removes nothing on an incomplete reading",
      world: { ...worldOf(made(a), made(aThing("box:b"))), complete: false },
      lines: [],
    },
    {
      name: "never touches what is foreign or copied",
      world: worldOf(
        made(a),
        made(aThing("box:b"), { ownership: "foreign" }),
        made(a, { ownership: "copied", name: "copy" }),
      ),
      lines: [],
    },
  ])("$name", ({ world, lines }) => {
    expect(linesOf(plan(graphOf(a), world, THING_RULES))).toEqual(lines);
  });

  it("writes a note anew, said as the file's change or the world's", () => {
    const note = aThing("note:n");
    const edited = worldOf(made(aThing("note:n", { size: 2 })));
    expect(linesOf(plan(graphOf(note), edited, THING_RULES))).toEqual(["update note:n changed"]);
    const drifted = worldOf(made(note, { live: { size: 2, colour: "red" } }));
    expect(linesOf(plan(graphOf(note), drifted, THING_RULES))).toEqual(["update note:n drifted"]);
  });

  it("replaces what stands on something that is replaced, however far below", () => {
    const graph = graphOf(
      aThing("base:x"),
      aThing("base:y", {}, ["base:x"]),
      aThing("box:z", {}, ["base:y"]),
      aThing("box:aside"),
    );
    const world = worldOf(...graph.resources.map((each) => made(each)));
    const drifted = world.observed.map((each) => (each.id === "base:x" ? { ...each, live: { size: 9 } } : each));
    const planned = plan(graph, { ...world, observed: drifted }, THING_RULES);
    expect(linesOf(planned)).toEqual([
      "replace base:x drifted",
      "replace base:y dependency-replaced",
      "replace box:z dependency-replaced",
    ]);
    expect(planned.changes.find((each) => each.id === "box:z")?.after).toEqual(["base:y"]);
  });

  it("marks what loses data", () => {
    const data = aThing("data:d");
    const gone = plan(graphOf(), worldOf(made(data)), THING_RULES);
    const changed = plan(graphOf(aThing("data:d", { size: 2 })), worldOf(made(data)), THING_RULES);
    expect([...gone.changes, ...changed.changes].map((each) => each.destructive)).toEqual([true, true]);
    expect(plan(graphOf(data), worldOf(), THING_RULES).changes[0]?.destructive).toBe(false);
  });

  it("says which foreign object blocks: the one that stands where ours should", () => {
    const world = worldOf(
      made(a, { ownership: "foreign", name: "taken" }),
      made(a, { ownership: "copied", name: "copy" }),
      made(aThing("box:other"), { ownership: "foreign", name: "harmless" }),
    );
    expect(plan(graphOf(a), world, THING_RULES).foreign).toEqual([
      { name: "copy", id: "box:a", blocks: false },
      { name: "harmless", id: "box:other", blocks: false },
      { name: "taken", id: "box:a", blocks: true },
    ]);
  });

  it("names every field that differs by its pointer", () => {
    const found = plan(graphOf(a), worldOf(made(a, { live: { size: 7, colour: "blue", "of/other": 1 } })), THING_RULES);
    expect(found.changes[0]).toMatchObject({
      reason: {
        fields: [
          { pointer: "/colour", observed: "blue", desired: "red" },
          { pointer: "/of~1other", observed: 1, desired: undefined },
          { pointer: "/size", observed: 7, desired: 1 },
        ],
      },
    });
  });
});

describe("what makes a plan stale", () => {
  const fingerprint = (graph = graphOf(a), world = worldOf(made(a))): string =>
    plan(graph, world, THING_RULES).fingerprint;

  it("is every change of the file or of the world", () => {
    const others = [
      fingerprint(graphOf()),
      fingerprint(graphOf(aThing("box:a", { size: 2 }))),
      fingerprint(graphOf(a), worldOf()),
      fingerprint(graphOf(a), worldOf(made(a, { handle: "a successor" }))),
      fingerprint(graphOf(a), worldOf(made(a, { live: { size: 3 } }))),
      fingerprint(graphOf(a), worldOf(made(a, { phase: { kind: "paused" } }))),
      fingerprint(graphOf(a), { ...worldOf(made(a)), complete: false }),
      fingerprint(graphOf(), worldOf()),
    ];
    expect(new Set([fingerprint(), ...others]).size).toBe(others.length + 1);
  });

  it("is not the order of the reading, nor readiness that comes by itself", () => {
    const b = aThing("box:b");
    expect(fingerprint(graphOf(a, b), worldOf(made(a), made(b)))).toBe(
      fingerprint(graphOf(b, a), worldOf(made(b), made(a))),
    );
    const running = made(a, { phase: { kind: "running", ready: true } });
    const starting = made(a, { phase: { kind: "starting" } });
    expect(fingerprint(graphOf(a), worldOf(running))).toBe(fingerprint(graphOf(a), worldOf(starting)));
  });
});
