import { CoopError } from "../diagnostics/coop-error.ts";
import type { Shell } from "./shell.ts";

/** Asks a person; `--yes` answers beforehand. Where nobody can be asked and nothing was said, it refuses. */
export async function confirm(question: string, yes: boolean, shell: Shell): Promise<boolean> {
  if (yes) return true;
  if (!shell.interactive) {
    throw new CoopError("REFUSED_BY_POLICY", "Nobody can be asked here, so nothing was changed.", {
      mend: "Add --yes to go ahead without a question.",
    });
  }
  const { confirm: ask, isCancel } = await import("@clack/prompts");
  const answer = await ask({ message: question, initialValue: false });
  return !isCancel(answer) && answer;
}
