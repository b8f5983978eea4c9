import { expect, it } from "vitest";
import { CONTAINER_PLAN_RULES, WITHOUT_RESTART_UPDATES } from "../../compilers/container/plan-rules.ts";

it.for([CONTAINER_PLAN_RULES, WITHOUT_RESTART_UPDATES])(
  "starts again what ended, and makes anew what the engine could not remove to its end",
  ({ kinds }) => {
    const { updatable } = kinds.container;
    const id = "container:sandbox.one.0";
    expect(updatable(id, { kind: "exited", code: 1, outOfMemory: false })).toContain("/state");
    expect(updatable(id, { kind: "broken", why: "restarting" })).toContain("/state");
    for (const why of ["dead", "removing"]) expect(updatable(id, { kind: "broken", why })).not.toContain("/state");
  },
);
