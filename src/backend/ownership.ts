import { objectName } from "../../compilers/container/names.ts";
import type { ResourceId } from "../graph/resource.ts";
import type { Observed } from "../graph/snapshot.ts";
import { LABEL } from "./labels.ts";

/** What an object of the engine shows about whose it is. */
export interface Bearer {
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whose names and labels are asked about. `wanted`: ids by `kind:name`, for every name that the graph needs. */
export interface Claims {
  readonly project: string;
  readonly wanted: ReadonlyMap<string, ResourceId>;
}

/** Whether an object is worth looking at: it carries the project's label, or stands where ours should stand. */
export function concerns(claims: Claims, bearer: Bearer): boolean {
  return bearer.labels[LABEL.project] === claims.project || claims.wanted.has(`${bearer.kind}:${bearer.name}`);
}

/** Whether an object carries the project's labels under the very name that they stand for: no copy of them does. */
export function isOwn(project: string, { name, labels }: Omit<Bearer, "kind">): boolean {
  const id = labels[LABEL.id] ?? "";
  return labels[LABEL.project] === project && isResourceId(id) && objectName(project, id) === name;
}

/** What labels and name make of an object. A container under a name of its own is ours until `settleTwins` knows better. */
export function claimOf(claims: Claims, bearer: Bearer): Pick<Observed, "id" | "ownership"> {
  const { kind, name, labels } = bearer;
  const holds = claims.wanted.get(`${kind}:${name}`);
  const labelled = labels[LABEL.project] === claims.project ? labels[LABEL.id] : undefined;
  if (labelled !== undefined && isResourceId(labelled) && labelled.startsWith(`${kind}:`)) {
    if (objectName(claims.project, labelled) === name) return { id: labelled, ownership: "ours" };
    if (holds === undefined) return { id: labelled, ownership: kind === "container" ? "ours" : "copied" };
  }
  return holds === undefined ? { id: `${kind}:${name}`, ownership: "copied" } : { id: holds, ownership: "foreign" };
}

/**
 * Containers that claim one id: the one under the derived name is ours, the others copied the labels. A single one under
 * another name is ours when it is what we make (its name is put right), and somebody else's when it is not.
 */
export function settleTwins<Seen extends Observed>(
  project: string,
  seen: readonly Seen[],
  isMadeByUs: (each: Seen) => boolean,
): readonly Seen[] {
  const claimants = Map.groupBy(
    seen.filter((each) => each.kind === "container" && each.ownership === "ours"),
    (each) => each.id,
  );
  return seen.map((each) => {
    if (each.kind !== "container" || each.ownership !== "ours" || each.name === objectName(project, each.id))
      return each;
    const alone = claimants.get(each.id)?.length === 1;
    return alone && isMadeByUs(each) ? each : { ...each, ownership: "copied" as const };
  });
}

/** Whether a label's text can be an id at all. */
export function isResourceId(text: string): text is ResourceId {
  return /^[a-z]+:./.test(text);
}
