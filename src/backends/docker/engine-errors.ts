import { CoopError } from "../../diagnostics/coop-error.ts";

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
    if (cause instanceof CoopError) throw cause;
    throw new CoopError("ENGINE_REFUSED", `${refuserOf(cause)} refused to ${doing}: ${reasonOf(cause)}`, { cause });
  }
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
