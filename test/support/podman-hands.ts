import type Dockerode from "dockerode";
import { connectPodman, hasPodman } from "../../src/backends/docker/podman/connect-podman.ts";
import { speakTo } from "./raw-engine.ts";

type Dial = (call: object, done: (cause: Error | null, answer: unknown) => void) => void;

/** Whether this machine has no Podman; on one where the set-up may install packages it has. */
export const WITHOUT_PODMAN = !hasPodman(process.env);

/** What tests on it are called. */
export function podmanOr(name: string): string {
  return WITHOUT_PODMAN ? `${name} (skipped: there is no Podman on this machine, and none may be installed)` : name;
}

/**
 * Has a test file's calls by hand go to this machine's Podman. They are in Docker's words, which Podman alone misunderstands, so
 * they go through coop's own translation; what is really so, tests ask Podman and the kernel themselves.
 */
export async function speakToPodman(): Promise<void> {
  const { docker, address } = await connectPodman(process.env);
  speakTo(address.slice("unix://".length), (method, path, body) => dialled(docker, method, path, body));
}

function dialled(docker: Dockerode, method: string, path: string, body: unknown): Promise<unknown> {
  const { pathname, searchParams } = new URL(path, "http://engine");
  const call = {
    method,
    path: `${pathname}?`,
    options: { _query: Object.fromEntries(searchParams), _body: body ?? {} },
    statusCodes: { 200: true, 201: true, 204: true },
  };
  const { dial } = docker.modem as { dial: Dial }; // its types hide what a call looks like
  return new Promise((resolve, reject) =>
    dial(call, (cause, answer) => (cause === null ? resolve(answer) : reject(cause))),
  );
}
