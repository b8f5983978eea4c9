import type { AgentEntry } from "../../../schema/coop-file.gen.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Prompt, Run } from "../../model/model.ts";
import { repositoryPath } from "../repository-path.ts";
import type { Places } from "../places.ts";
import { originOf, pick } from "./layers.ts";

export function normalizeRun(
  entry: AgentEntry,
  layers: readonly AgentEntry[],
  places: Places,
  otherwise: SourceSpan,
): Run {
  const run = pick(layers, "run")?.value;
  const origin = originOf(layers, "run", places, otherwise);
  if (run === undefined) return { kind: "idle", origin };
  if (run === "shell") return { kind: "shell", origin };
  if (typeof run !== "string") return { kind: "command", command: run, origin };
  return {
    kind: "cli",
    cli: run,
    model: pick(layers, "model")?.value ?? null,
    prompt: promptOf(entry, layers, places),
    origin,
  };
}

/** An agent's own task replaces the default one, in whichever of the two forms either is. */
function promptOf(entry: AgentEntry, layers: readonly AgentEntry[], places: Places): Prompt {
  const own = entry.prompt !== undefined || entry.promptFile !== undefined;
  const from = own ? [entry] : layers;
  const text = pick(from, "prompt");
  if (text !== null) return { kind: "text", text: text.value };
  const file = pick(from, "promptFile");
  if (file === null) return { kind: "none" };
  return { kind: "file", path: repositoryPath(file.value), origin: places.value(file.owner, "promptFile") };
}
