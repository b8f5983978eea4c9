import { digestOf, shortDigest } from "../../src/graph/digest.ts";
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

/** The host's device of the project's network; a device's name has at most 15 characters. */
export function bridgeDevice(project: string): string {
  return `coop${shortDigest(digestOf({ project })).slice(0, 10)}`;
}
