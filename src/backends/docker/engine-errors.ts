import { CoopError } from "../../diagnostics/coop-error.ts";
import { systemRefusal } from "../../diagnostics/system-refusal.ts";

/** The HTTP status of an engine's refusal; null for anything else. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return null;
  return typeof error.statusCode === "number" ? error.statusCode : null;
}

export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** 304: it already was as asked. */
export function isUnchanged(error: unknown): boolean {
  return statusOf(error) === 304;
}

export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** Runs an engine call; a refusal becomes a CoopError that says what was being done and to what. */
export async function engineCall<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw cause instanceof CoopError ? cause : callFailed(doing, cause);
  }
}

/** What a client sees of an engine that ends, is away, or is on its way back. */
const BROKEN: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT"]);

function callFailed(doing: string, cause: unknown): CoopError {
  const broken = cause instanceof Error && statusOf(cause) === null && "code" in cause && BROKEN.has(cause.code);
  if (broken) {
    const what = `The connection to ${refuserOf(cause)} broke while it was to ${doing} (${reasonOf(cause)}): nobody knows whether it did.`;
    const mend = "See that it runs, and run the command again: it looks at what is there first.";
    return new CoopError("ENGINE_UNREACHABLE", what, { cause, mend });
  }
  // Of this machine's own, such as too many open files: the engine never heard of the call.
  const own = statusOf(cause) === null ? systemRefusal(cause) : null;
  if (own !== null)
    return new CoopError("SYSTEM_REFUSED", `${refuserOf(cause)} could not be asked to ${doing}. ${own.message}`, {
      cause,
      mend: own.mend,
    });
  return new CoopError("ENGINE_REFUSED", `${refuserOf(cause)} refused to ${doing}: ${reasonOf(cause)}`, { cause });
}

// The translation signs what Podman refused.
function refuserOf(cause: unknown): string {
  return typeof cause === "object" && cause !== null && "engine" in cause ? String(cause.engine) : "Docker";
}

/** As engineCall, and a 404 gives null: it is not there. */
export async function engineFind<T>(doing: string, call: () => Promise<T>): Promise<T | null> {
  return engineCall(doing, async () => {
    try {
      return await call();
    } catch (cause) {
      if (isNotFound(cause)) return null;
      throw cause;
    }
  });
}

/** The engine's own sentence, without the client's preamble. */
export function reasonOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "json" in error) {
    const { json } = error;
    if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string")
      return json.message.trim();
  }
  return error instanceof Error ? error.message.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim() : String(error);
}
