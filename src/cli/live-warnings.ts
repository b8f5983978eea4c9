import { isEffective } from "../plan/change.ts";
import type { Comparison } from "./world.ts";

/** What a person must know who agrees to a plan with live trees. */
export function liveWarnings({ plan }: Pick<Comparison, "plan">): readonly string[] {
  return plan.changes.flatMap((change): readonly string[] => {
    if (!isEffective(change) || change.action === "delete") return [];
    const { desired } = change;
    if (desired.kind !== "container" || desired.spec.guard === undefined) return [];
    const name = change.id.replace(/^container:sandbox\./, "").replace(/\.0$/, "");
    const hazard = `${name} works on your live tree. What it changes is changed for you, and what of it you run (scripts, tests, an editor's tasks, coop.yaml itself) runs on this machine. It reads the whole history in .git.`;
    const guard = change.action === "create" ? undefined : change.observed.live["guard"];
    if (typeof guard !== "string" || guard === "watched") return [hazard];
    const readable = `${name} is ${guard}. What appeared could be read until then: take such a secret for known. Apply makes the sandbox anew; what it wrote stays, so look first.`;
    return [hazard, readable];
  });
}
