import type { Phase } from "../graph/snapshot.ts";

/**
 * A phase as the `state` of a container's spec: under `never` any end is the end, under `on-failure` only a clean one is
 * (coop-yaml.md, "exit 0").
 */
export function acceptedState(phase: Phase, restart: "always" | "on-failure" | "never"): string {
  switch (phase.kind) {
    case "running":
    case "starting":
      return "running";
    case "exited":
      return restart === "never" || (restart === "on-failure" && phase.code === 0) ? "running" : "exited";
    case "paused":
    case "created":
    case "broken":
    case "present":
      return phase.kind;
  }
}
