import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import Dockerode from "dockerode";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { askEngine } from "./ask-engine.ts";

/** One place where an engine may listen, and why it was not taken. */
export interface Candidate {
  readonly address: string;
  readonly refusal: string;
}

/** As people call them. */
export const ENGINE_NAMES = { docker: "Docker", podman: "Podman" } as const;

/** An engine that answers. */
export interface Engine {
  readonly kind: keyof typeof ENGINE_NAMES;
  /** Speaks Docker's words, whichever engine is behind it. */
  readonly docker: Dockerode;
  /** `unix:///var/run/docker.sock` or the value of DOCKER_HOST. */
  readonly address: string;
  readonly version: string;
  readonly apiVersion: string;
  /** The engine's own id: what a lock is keyed by. */
  readonly id: string;
  readonly information: Readonly<Record<string, unknown>>;
  /** Of an engine that is not root's: the control groups that it was handed, by name; null = all that the machine has. */
  readonly controllers: readonly string[] | null;
}

/** Finds the engine as the docker client does: DOCKER_HOST, then the sockets of a system, rootless or desktop engine. */
export async function connectDocker(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Engine> {
  const refused: Candidate[] = [];
  for (const address of candidates(environment)) {
    const path = address.startsWith("unix://") ? address.slice("unix://".length) : null;
    if (path !== null && !existsSync(path)) {
      refused.push({ address, refusal: "no such socket" });
      continue;
    }
    const docker = path === null ? remote(address) : new Dockerode({ socketPath: path });
    try {
      const { information, apiVersion, libpod } = await askEngine(docker, signal);
      if (libpod !== null) {
        refused.push({ address, refusal: "Podman answers there, for which a target says `backend: podman`" });
        continue;
      }
      return {
        kind: "docker",
        docker,
        address,
        version: String(information["ServerVersion"]),
        apiVersion,
        id: String(information["ID"]),
        information,
        controllers: null,
      };
    } catch (cause) {
      refused.push({ address, refusal: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  const others = otherEngines(environment);
  const found = others.length === 0 ? "" : `\nFound, but not driven by this version of coop: ${others.join(", ")}.`;
  const tried = refused.map((each) => `  ${each.address}: ${each.refusal}`).join("\n");
  throw new CoopError("ENGINE_UNREACHABLE", `No Docker engine answers. Tried:\n${tried}${found}`, {
    mend: "Start Docker (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST.",
  });
}

// Named, so that nobody wonders why the engine that they have is passed over.
function otherEngines(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((each) => each !== "");
  const programs = [
    ["container", "Apple's container"],
    ["nerdctl", "nerdctl"],
  ] as const;
  return programs.flatMap(([program, name]) =>
    folders.some((folder) => existsSync(join(folder, program))) ? [name] : [],
  );
}

function candidates(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const host = environment["DOCKER_HOST"];
  if (host !== undefined && host !== "") return [host];
  const runtime = environment["XDG_RUNTIME_DIR"];
  return [
    "unix:///var/run/docker.sock",
    ...(runtime === undefined ? [] : [`unix://${join(runtime, "docker.sock")}`]),
    `unix://${join(homedir(), ".docker/run/docker.sock")}`,
    `unix://${join(homedir(), ".docker/desktop/docker.sock")}`,
  ];
}

function remote(address: string): Dockerode {
  const url = URL.parse(address.replace(/^tcp:/, "http:"));
  if (url === null || !["http:", "https:", "ssh:"].includes(url.protocol)) {
    throw new CoopError("ENGINE_UNREACHABLE", `DOCKER_HOST is "${address}", which is no address of an engine.`, {
      mend: "Use unix:///path, tcp://host:port or ssh://user@host.",
    });
  }
  if (url.protocol === "ssh:")
    return new Dockerode({ protocol: "ssh", host: url.hostname, port: url.port || "22", username: url.username });
  return new Dockerode({ host: url.hostname, port: url.port || "2375" });
}
