import type { LoadedProject } from "../config/load.ts";
import type { Agent } from "../model/model.ts";
import { readCoopignoreFiles } from "../workspace/ignore/coopignore-files.ts";
import { matcherOf } from "./matcher-of.ts";

/** The rule that hides one file of the repository, or a folder above it, from an agent; null = it sees it. */
export async function hiddenBy(project: LoadedProject, agent: Agent, path: string): Promise<string | null> {
  const parts = path.split("/");
  const folders = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join("/"));
  const files = await readCoopignoreFiles(project.root, ["", ...folders]);
  const matcher = matcherOf(project, agent, files, `Whether \`${path}\` is hidden`);
  const verdict = matcher.hides(path, false);
  return verdict.kind === "hidden" ? verdict.by.pattern : null;
}
