import type { Fields } from "./json.ts";
import type { OwnFiles } from "./own-files.ts";
import type { MachineFacts } from "./service-settings.ts";

/** The version of Podman's own calls that is asked for; every Podman from 4.0 on has them. */
export const NATIVE = "/v4.0.0/libpod";

/** One call as dockerode makes it. */
export interface Call {
  readonly method: string;
  /** With a `?` at its end where a query may follow. */
  readonly path: string;
  readonly options?: Fields;
  readonly statusCodes?: Fields;
  /** The body of a PUT. */
  readonly file?: unknown;
  readonly isStream?: boolean;
  readonly abortSignal?: AbortSignal;
}

/** What the translation knows of the engine. */
export interface PodmanFacts {
  readonly files: OwnFiles;
  readonly fixedLimits: MachineFacts["fixedLimits"];
  readonly defaultRuntime: string;
}

/** One of Docker's calls that is answered by others. */
export interface Errand {
  /** Asks Podman as it is. */
  readonly ask: (call: Call) => Promise<unknown>;
  readonly call: Call;
  readonly facts: PodmanFacts;
  /** The object that the path names. */
  readonly name: string;
}

export function get(path: string, { abortSignal }: Call): Call {
  const statusCodes = { 200: true, 404: "no such object" };
  return { method: "GET", path, statusCodes, ...(abortSignal === undefined ? {} : { abortSignal }) };
}

export function post(path: string, body: Fields, expected: number): Call {
  return { method: "POST", path, options: body, statusCodes: { [expected]: true } };
}
