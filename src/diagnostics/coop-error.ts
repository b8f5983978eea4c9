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
  | "SYSTEM_REFUSED"
  | "ENGINE_UNREACHABLE"
  | "ENGINE_REFUSED"
  | "ENGINE_UNSUPPORTED"
  | "FOREIGN_OBJECT"
  | "NOT_CONVERGED"
  | "STALE_PLAN"
  | "LOCKED"
  | "NOT_FOUND"
  | "NOT_GRANTED"
  /** Credentials that cannot be had: not stored, no longer valid, or their source refuses. */
  | "SECRETS_MISSING"
  | "SOURCE_UNAVAILABLE"
  | "VAULT_MISSING"
  | "VAULT_LOCKED"
  | "VAULT_PASSPHRASE"
  | "VAULT_TRUNCATED"
  | "VAULT_DAMAGED"
  | "VAULT_FOREIGN"
  | "VAULT_NEWER"
  /** Somebody else wrote while this was being changed. */
  | "CHANGED_MEANWHILE"
  /** A file of secrets that others may read or write, or that is somebody else's. */
  | "FILE_TOO_OPEN"
  | "REFUSED_BY_POLICY"
  | "FILE_UNREADABLE"
  /** What coop keeps for itself beside the engine is damaged. */
  | "STATE_UNREADABLE"
  | "GIT_FAILED"
  | "DEADLINE"
  | "INTERRUPTED"
  | "USAGE";
