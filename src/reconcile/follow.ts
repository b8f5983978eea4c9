import type { Resource } from "../graph/resource.ts";
import type { Snapshot } from "../graph/snapshot.ts";
import type { ConsentRules } from "../plan/consent-rules.ts";
import type { FileProblem } from "./state.ts";

/** What lies where the file should be, once it has stopped moving. */
export type FileReading<F> =
  | {
      readonly kind: "good";
      readonly file: F;
      readonly project: string;
    }
  | { readonly kind: "bad"; readonly problem: FileProblem };

/** Whether following a file would leave nothing of what a project runs: no agent's sandbox that is there would stay. */
export function empties<R extends Resource>(
  snapshot: Snapshot<R>,
  declared: ReadonlySet<string>,
  consent: Pick<ConsentRules<R>, "isSandbox">,
): boolean {
  const sandboxes = snapshot.observed.filter((each) => each.ownership === "ours" && consent.isSandbox(each.id));
  return sandboxes.length > 0 && sandboxes.every((each) => !declared.has(each.id));
}
