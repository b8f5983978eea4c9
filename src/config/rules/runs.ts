import type { AgentEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Places } from "../places.ts";
import type { Rule } from "./rule.ts";

/** What an agent runs, and with which task, is said once and means something. */
export const runs: Rule = (file, { agents, places }) =>
  agents.flatMap(({ entry, owner }) => {
    const run = entry.run ?? (owner === file ? undefined : file.defaults?.run);
    return [
      ...commandProblems(entry, places),
      ...promptProblems(entry, places),
      ...idleFields(entry, run, owner === file, places),
    ];
  });

function commandProblems(entry: AgentEntry, places: Places): readonly Diagnostic[] {
  if (!Array.isArray(entry.run)) return [];
  const program: unknown = entry.run[0];
  if (typeof program !== "string" || program.trim() !== "") return [];
  return [
    diagnostic(
      "InvalidCommand",
      { why: "the program's name is empty", mend: "Write the program first." },
      places.value(entry.run, 0),
    ),
  ];
}

function promptProblems(entry: AgentEntry, places: Places): readonly Diagnostic[] {
  if (entry.prompt === undefined || entry.promptFile === undefined) return [];
  return [
    diagnostic("PromptTwice", {}, places.key(entry, "promptFile"), [
      { message: "and here", span: places.key(entry, "prompt") },
    ]),
  ];
}

/** Fields for an agent CLI beside something that is none. Defaults may hold them for those agents that are. */
function idleFields(
  entry: AgentEntry,
  run: AgentEntry["run"],
  isDefaults: boolean,
  places: Places,
): readonly Diagnostic[] {
  if (isDefaults || (typeof run === "string" && run !== "shell")) return [];
  const why = run === undefined ? "the agent has no `run`" : "the agent runs no agent CLI";
  return (["model", "prompt", "promptFile"] as const)
    .filter((field) => entry[field] !== undefined)
    .map((field) => diagnostic("HasNoEffect", { field, why }, places.key(entry, field)));
}
