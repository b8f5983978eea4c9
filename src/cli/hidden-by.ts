import { dirname, relative } from "node:path";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { Agent } from "../model/model.ts";
import { readCoopignoreFiles } from "../workspace/ignore/coopignore-files.ts";
import { compileIgnore } from "../workspace/ignore/ignore-rules.ts";

/** The rule that hides one file of the repository, or a folder above it, from an agent; null = it sees it. */
export async function hiddenBy(project: LoadedProject, agent: Agent, path: string): Promise<string | null> {
  const parts = path.split("/");
  const folders = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join("/"));
  const files = await readCoopignoreFiles(project.root, ["", ...folders]);
  const compiled = files.ok
    ? compileIgnore({
        rules: project.model.ignore,
        agentPatterns: agent.ignore,
        fileFolder: relative(project.root, dirname(project.path)),
        coopignoreFiles: files.value,
      })
    : files;
  if (!compiled.ok) {
    const reasons = compiled.diagnostics.map((each) => `${each.code}: ${each.message}`).join("; ");
    throw new CoopError("FILE_UNREADABLE", `Whether \`${path}\` is hidden cannot be told: ${reasons}`, {
      mend: compiled.diagnostics[0]?.hint ?? "",
    });
  }
  const { matcher } = compiled.value;
  const verdict = matcher.hides(path, false);
  return verdict.kind === "hidden" ? verdict.by.pattern : null;
}
