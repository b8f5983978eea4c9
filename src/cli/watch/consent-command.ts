import type { ProjectState } from "../../reconcile/state.ts";

/** The command by which a person lets through all that is held; null = nothing is. `words`: options that name the file and target. */
export function consentCommand(state: ProjectState, words: string): string | null {
  const held = [...state.objects].flatMap(([id, { standing }]) =>
    standing.kind === "held" ? [{ id, ...standing }] : [],
  );
  if (held.length === 0 && state.heldReach.length === 0 && state.file.kind !== "held") return null;
  // A plain apply brings a workspace's work back before it goes; what else holds data needs a word of its own.
  const data = held.some((each) => each.why === "destroys" && !each.id.startsWith("volume:workspace."));
  return `coop apply${words}${data ? " --delete-data" : ""}`;
}
