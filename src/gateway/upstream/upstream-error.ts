import type { DenyCode } from "../denial.ts";

/** Why an upstream gave no answer, as the client is told. */
export class UpstreamError extends Error {
  readonly code: DenyCode;
  readonly detail: string;
  /** The upstream has surely not acted on the request, so that it may be sent again. */
  readonly unused: boolean;

  constructor(code: DenyCode, detail: string, unused = false) {
    super(detail === "" ? code : `${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.unused = unused;
  }
}

/** The failure of a connection in the words of its error code. */
export function brokenOff(error: unknown, unused = false): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "connection failed";
  return new UpstreamError("unreachable", code, unused);
}
