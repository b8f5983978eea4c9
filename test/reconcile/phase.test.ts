import { describe, expect, it } from "vitest";
import { LOOP } from "../../src/reconcile/backoff.ts";
import { phaseOf } from "../../src/reconcile/phase.ts";
import { initialState, UNKNOWN_OBJECT } from "../../src/reconcile/state.ts";
import type { ObjectState, Standing } from "../../src/reconcile/state.ts";

const phase = (...objects: readonly Partial<ObjectState>[]): string =>
  phaseOf({
    ...initialState(0),
    objects: new Map(objects.map((each, at) => [`container:${at}`, { ...UNKNOWN_OBJECT, ...each }] as const)),
  });

describe("the phase of a project", () => {
  it("is the worst of what its objects are", () => {
    const starting: Standing = { kind: "starting" };
    const held: Standing = { kind: "held", why: "loosens", message: "" };
    const ended: Standing = { kind: "ended", reason: "Exited", message: "" };
    expect([
      phase({}),
      phase({}, { standing: starting }),
      phase({ standing: starting }, { standing: held }),
      phase({ standing: held }, { standing: ended }),
    ]).toEqual(["converged", "progressing", "blocked", "failed"]);
  });

  it("is not well because what ends again and again happens to run at this moment", () => {
    expect(phase({ failures: LOOP - 1 })).toBe("converged");
    expect(phase({ failures: LOOP })).toBe("failed");
    expect(phase({ failures: LOOP, standing: { kind: "progressing", action: "update", step: "" } })).toBe("failed");
    // A person stopped its tries: that is what must be known.
    expect(phase({ failures: LOOP, standing: { kind: "held", why: "loosens", message: "" } })).toBe("blocked");
  });
});
