import type { Outcome } from "../apply/apply-plan.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { Resource } from "../graph/resource.ts";
import type { EffectiveChange } from "../plan/change.ts";
import { HEALTHY_MS, pauseMs } from "./backoff.ts";
import { withHeals } from "./fights.ts";
import { withStanding } from "./standings.ts";
import type { ObjectState } from "./state.ts";
import { healedFields } from "./verdict.ts";

/** The state of an object when its change has ended. `random`: 0 ≤ x < 1, for the pause. Pure. */
export function afterOutcome<R extends Resource>(
  known: ObjectState,
  change: EffectiveChange<R>,
  outcome: Outcome,
  given: { readonly wasThere: boolean; readonly now: number; readonly random: number },
): ObjectState {
  const { now, random } = given;
  switch (outcome.kind) {
    case "done": {
      const heals = withHeals(known.heals, healedFields(change, given.wasThere), now);
      // The first time it is put right at once; what must be put right again soon comes later and later.
      const again = known.healedAt > 0 && now - known.healedAt < HEALTHY_MS;
      const failures = again ? known.failures + 1 : isRestart(change) ? 1 : 0;
      const notBefore = failures === 0 ? 0 : now + pauseMs(failures, random);
      const state = { ...known, heals, failures, notBefore, healedAt: now };
      return withStanding(state, { kind: "ready" }, known, now);
    }
    case "failed": {
      const failures = known.failures + 1;
      const { error } = outcome;
      const reason = error instanceof CoopError ? error.code : "Error";
      const state = { ...known, failures, notBefore: now + pauseMs(failures, random) };
      return withStanding(state, { kind: "failed", reason, error }, known, now);
    }
    case "skipped":
      return withStanding(
        known,
        { kind: "waiting", for: "object", message: `waits for ${outcome.because}` },
        known,
        now,
      );
    case "interrupted":
      return known;
  }
}

function isRestart<R extends Resource>(change: EffectiveChange<R>): boolean {
  if (change.action === "delete" || change.action === "create") return false;
  return change.reason.kind === "drifted" && change.observed.phase.kind === "exited";
}
