import { CoopError } from "../diagnostics/coop-error.ts";
import type { CoopErrorCode } from "../diagnostics/coop-error.ts";
import { systemRefusal } from "../diagnostics/system-refusal.ts";
import { harmlessLines } from "../render/display-text.ts";
import { tellDiagnostics } from "./open-project.ts";
import { RefusedFile } from "./refused-file.ts";
import { EXIT } from "./shell.ts";
import type { ExitCode, Shell } from "./shell.ts";

const EXIT_OF: Partial<Record<CoopErrorCode, ExitCode>> = {
  REFUSED_BY_POLICY: EXIT.refusedByPolicy,
  NOT_GRANTED: EXIT.refusedByPolicy,
  INTERRUPTED: EXIT.interrupted,
};

/** What a person is told who ended a command half-way. */
export const INTERRUPTED = "Interrupted. What was done stays; `coop plan` shows what is left.\n";

/** Says what went wrong and how to mend it; gives the exit code. Only coop's own mistakes show a stack, on COOP_LOG_LEVEL=debug. */
export function tellFailure(error: unknown, shell: Shell): ExitCode {
  if (shell.signal.aborted) {
    shell.err(INTERRUPTED);
    return EXIT.interrupted;
  }
  if (error instanceof RefusedFile) return tellDiagnostics(error.diagnostics, error.project.text, shell);
  const refusal = error instanceof CoopError ? error : systemRefusal(error);
  if (refusal !== null) {
    shell.err(`${failureText(refusal)}\n`);
    return EXIT_OF[refusal.code] ?? EXIT.failed;
  }
  const message = error instanceof Error ? error.message : String(error);
  shell.err(
    `coop made a mistake: ${message}\nThis is a bug of coop, not of your file. COOP_LOG_LEVEL=debug shows where.\n`,
  );
  if (shell.environment["COOP_LOG_LEVEL"] === "debug" && error instanceof Error) shell.err(`${error.stack ?? ""}\n`);
  return EXIT.failed;
}

/** A refusal in one or two lines: what happened, and the mend. It may quote what a sandbox wrote, so nothing of it is obeyed. */
export function failureText(error: unknown): string {
  const refusal = error instanceof CoopError ? error : systemRefusal(error);
  if (refusal !== null) {
    const mend = refusal.mend === "" ? "" : `\n  = ${refusal.mend}`;
    return harmlessLines(`error ${refusal.code}: ${refusal.message}${mend}`);
  }
  return harmlessLines(`error: ${error instanceof Error ? error.message : String(error)}`);
}
