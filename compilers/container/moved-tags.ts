import type { ResourceId } from "../../src/graph/resource.ts";
import type { Change } from "../../src/plan/change.ts";
import type { ContainerObject } from "./resources.ts";

/** A tag that points to another image than when the container was made. The file asks for the same as then. */
export interface MovedTag {
  readonly tag: string;
  /** The engine's ids. */
  readonly from: string;
  readonly to: string;
}

/** The name of the image that a container is asked to run on. */
export function imageNameOf({ dependsOn }: Pick<ContainerObject, "dependsOn">): string {
  return dependsOn.find((id) => id.startsWith("image:"))?.slice("image:".length) ?? "";
}

/** Which of the changes come from a tag that has moved. */
export function movedTags(changes: readonly Change<ContainerObject>[]): ReadonlyMap<ResourceId, MovedTag> {
  return new Map(
    changes.flatMap((change) => {
      if (change.action === "create" || change.action === "delete" || change.action === "keep") return [];
      const { desired, observed } = change;
      const from = observed.live["image"];
      if (desired.kind !== "container" || typeof from !== "string" || from === desired.spec.image) return [];
      const tag = imageNameOf(desired);
      return observed.reference === tag ? [[change.id, { tag, from, to: desired.spec.image }] as const] : [];
    }),
  );
}
