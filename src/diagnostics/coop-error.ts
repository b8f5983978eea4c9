/** The world's refusal: what was being done and to what, why it failed, in what state things are, and the mend. */
export class CoopError extends Error {
  readonly code: CoopErrorCode;
  /** The command or the edit that mends it; empty when there is none. */
  readonly mend: string;

  constructor(
    code: CoopErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly mend?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CoopError";
    this.code = code;
    this.mend = options.mend ?? "";
  }
}

/** Which part of the world refused. Each maps to one exit code in the CLI. */
export type CoopErrorCode =
  | "ENGINE_UNREACHABLE"
  | "ENGINE_REFUSED"
  | "ENGINE_UNSUPPORTED"
  | "FOREIGN_OBJECT"
  | "NOT_CONVERGED"
  | "STALE_PLAN"
  | "LOCKED"
  | "NOT_FOUND"
  | "NOT_GRANTED"
  | "REFUSED_BY_POLICY"
  | "FILE_UNREADABLE"
  | "GIT_FAILED"
  | "DEADLINE"
  | "INTERRUPTED"
  | "USAGE";
