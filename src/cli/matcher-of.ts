import { dirname, relative } from "node:path";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { Agent } from "../model/model.ts";
import type { readCoopignoreFiles } from "../workspace/ignore/coopignore-files.ts";
import { compileIgnore } from "../workspace/ignore/ignore-rules.ts";
import type { IgnoreMatcher } from "../workspace/ignore/matcher.ts";

type CoopignoreFiles = Awaited<ReturnType<typeof readCoopignoreFiles>>;

/** What hides files of the repository from an agent. `question` is what cannot be told when a pattern is faulty. */
export function matcherOf(
  project: LoadedProject,
  agent: Agent,
  files: CoopignoreFiles,
  question: string,
): IgnoreMatcher {
  const compiled = files.ok
    ? compileIgnore({
        rules: project.model.ignore,
        agentPatterns: agent.ignore,
        fileFolder: relative(project.root, dirname(project.path)),
        coopignoreFiles: files.value,
      })
    : files;
  if (compiled.ok) return compiled.value.matcher;
  const reasons = compiled.diagnostics.map((each) => `${each.code}: ${each.message}`).join("; ");
  throw new CoopError("FILE_UNREADABLE", `${question} cannot be told: ${reasons}`, {
    mend: compiled.diagnostics[0]?.hint ?? "",
  });
}
