import type { ResourceId } from "../../src/graph/resource.ts";
import type { ImageFacts, Inputs } from "../../src/model/inputs.ts";
import type { Model } from "../../src/model/model.ts";
import { objectName } from "./names.ts";

/** What every part of the compiler reads. */
export interface Context {
  readonly model: Model;
  readonly inputs: Inputs;
}

export function nameOf(context: Context, id: ResourceId): string {
  return objectName(context.model.project, id);
}

export function factsOf(context: Context, reference: string): ImageFacts | null {
  return context.inputs.images[reference] ?? null;
}

/** The engine's id of an image, or the reference itself while the engine does not have it. */
export function imageOf(context: Context, reference: string): string {
  return factsOf(context, reference)?.id ?? reference;
}

export function imageId(reference: string): ResourceId {
  return `image:${reference}`;
}
