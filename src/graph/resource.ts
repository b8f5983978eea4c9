import type { SourceSpan } from "../diagnostics/source-span.ts";
import { digestOf } from "./digest.ts";
import type { Digest } from "./digest.ts";

/** `kind:path`, such as `container:sandbox.coder.0`. Derived from the file, so that repeating finds the same object. */
export type ResourceId = `${string}:${string}`;

/** One object that the target should hold. */
export interface Resource<Kind extends string = string, Spec extends object = object> {
  readonly id: ResourceId;
  readonly kind: Kind;
  readonly spec: Spec;
  /** Of the spec's canonical JSON; stands on the object as a label. */
  readonly digest: Digest;
  /** Must be there (and ready) before this one. */
  readonly dependsOn: readonly ResourceId[];
  /** The line of coop.yaml that asked for it. */
  readonly origin: SourceSpan;
}

/** What the labels of a project's objects carry. */
export interface Scope {
  readonly project: string;
  /** The backend's name. */
  readonly backend: string;
}

/** Everything a project should be on one target. Resources are sorted by id. */
export interface ResourceGraph<R extends Resource = Resource> {
  readonly scope: Scope;
  readonly resources: readonly R[];
}

/** Makes a resource with its digest and its dependencies in order. */
export function resource<Kind extends string, Spec extends object>(
  fields: Omit<Resource<Kind, Spec>, "digest">,
): Resource<Kind, Spec> {
  return { ...fields, dependsOn: fields.dependsOn.toSorted(), digest: digestOf(fields.spec) };
}

/** Makes a graph: sorted, and refusing an id that stands twice, which would be a compiler's own mistake. */
export function resourceGraph<R extends Resource>(scope: Scope, resources: readonly R[]): ResourceGraph<R> {
  const sorted = resources.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  sorted.forEach((each, index) => {
    if (each.id === sorted[index - 1]?.id) throw new Error(`two resources have the id ${each.id}`);
  });
  return { scope, resources: sorted };
}
