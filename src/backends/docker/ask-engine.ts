import type { IncomingMessage } from "node:http";
import type Dockerode from "dockerode";

/** What an engine says of itself. */
export interface EngineAnswer {
  readonly information: Readonly<Record<string, unknown>>;
  readonly apiVersion: string;
  /** The version of Podman's own API; null where the engine is no Podman. */
  readonly libpod: string | null;
}

/** Asks whoever listens at an address who it is. */
export async function askEngine(docker: Dockerode, signal: AbortSignal): Promise<EngineAnswer> {
  const [information, versions] = await Promise.all([factsOf(docker, signal), ping(docker, signal)]);
  return { information, ...versions };
}

// By hand, because the library's own call can be given no signal by its types.
async function factsOf(docker: Dockerode, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const facts = await get(docker, { path: "/info", abortSignal: signal });
  return typeof facts === "object" && facts !== null ? { ...facts } : {};
}

// From the head of a ping: for its version the engine starts its runtime and its init to ask for theirs.
async function ping(docker: Dockerode, signal: AbortSignal): Promise<Pick<EngineAnswer, "apiVersion" | "libpod">> {
  const message = await get(docker, { path: "/_ping", isStream: true, abortSignal: signal });
  const { headers } = (message as IncomingMessage).resume(); // what `isStream` gives
  const libpod = headers["libpod-api-version"];
  return { apiVersion: String(headers["api-version"] ?? ""), libpod: libpod === undefined ? null : String(libpod) };
}

function get(
  docker: Dockerode,
  options: { readonly path: string; readonly isStream?: boolean; readonly abortSignal: AbortSignal },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial({ ...options, method: "GET", statusCodes: { 200: true } }, (cause: unknown, answer: unknown) => {
      if (cause === null) resolve(answer);
      else reject(cause instanceof Error ? cause : new Error("the engine's answer cannot be read", { cause }));
    });
  });
}
