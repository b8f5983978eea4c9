import type { Agent } from "../../src/model/model.ts";
import type { Context } from "./context.ts";

/** The image that an agent runs on: the reference that was written, or the tag of what coop builds for it. */
export function imageReference(context: Context, agent: Agent): string {
  if (agent.image.source.kind === "ref") return agent.image.source.ref;
  return context.inputs.builds[agent.name]?.tag ?? context.inputs.baseImage;
}
