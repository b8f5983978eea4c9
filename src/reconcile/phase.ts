import { LOOP } from "./backoff.ts";
import type { ObjectState, Phase, ProjectState, Standing } from "./state.ts";

/** What is told of a project as a whole. `failed` before `blocked` before `progressing`: the worst is what a person must know. */
export function phaseOf(state: Pick<ProjectState, "failure" | "file" | "heldReach" | "objects">): Phase {
  const kinds = new Set([...state.objects.values()].map((each) => (loops(each) ? "failed" : weightOf(each.standing))));
  if (state.failure !== null || kinds.has("failed")) return "failed";
  if (state.file.kind !== "followed" || state.heldReach.length > 0 || kinds.has("blocked")) return "blocked";
  return kinds.has("progressing") ? "progressing" : "converged";
}

/** Whether an object that runs at this moment has ended too often to be believed. */
export function loops({ failures, standing }: ObjectState): boolean {
  return failures >= LOOP && RUNS.has(standing.kind);
}

const RUNS: ReadonlySet<Standing["kind"]> = new Set(["ready", "starting", "progressing"]);

function weightOf(standing: Standing): Phase {
  switch (standing.kind) {
    case "ready":
      return "converged";
    case "starting":
    case "progressing":
      return "progressing";
    case "waiting":
      return standing.for === "place" ? "converged" : "progressing";
    case "held":
    case "fought":
      return "blocked";
    case "ended":
    case "failed":
    case "foreign":
      return "failed";
    case "halted":
      return standing.reason === "BudgetSpent" ? "converged" : "failed";
  }
}
