import type { ResourceId } from "../../src/graph/resource.ts";

/**
 * The engine's name of an object. Project, owner and replica are DNS labels and so hold no dot: the dots make the
 * derivation unambiguous, which dashes would not (`a-b`/`c` against `a`/`b-c`).
 */
export function objectName(project: string, id: ResourceId): string {
  return `coop.${project}.${id.slice(id.indexOf(":") + 1)}`;
}

export function containerId(path: string): ResourceId {
  return `container:${path}`;
}

export function volumeId(path: string): ResourceId {
  return `volume:${path}`;
}
