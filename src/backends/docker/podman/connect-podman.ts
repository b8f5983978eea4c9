import { existsSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import Dockerode from "dockerode";
import { CoopError } from "../../../diagnostics/coop-error.ts";
import { askEngine } from "../ask-engine.ts";
import type { EngineAnswer } from "../ask-engine.ts";
import type { Candidate, Engine } from "../connect.ts";
import { NATIVE } from "./errand.ts";
import { fieldsOf, textsIn } from "./json.ts";
import { ownFiles, writeOwnFiles } from "./own-files.ts";
import { fixedLimits } from "./service-settings.ts";
import { speakPodman } from "./speak-podman.ts";
import { startService } from "./start-service.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds Podman's API: where CONTAINER_HOST says, at the machine's or the user's own socket, or at one that coop starts for this
 * user. As root it is the machine's Podman, otherwise the user's own.
 */
export async function connectPodman(
  environment: Environment,
  signal: AbortSignal = new AbortController().signal,
): Promise<Engine> {
  const refused: Candidate[] = [];
  for (const address of candidates(environment)) {
    const path = address.slice("unix://".length);
    if (!existsSync(path)) {
      refused.push({ address, refusal: "no such socket" });
      continue;
    }
    const found = await engineAt(path, signal).catch((cause: unknown) => String(cause));
    if (typeof found !== "string") return found;
    refused.push({ address, refusal: found });
  }
  if (named(environment) === null && programOf(environment) !== null) {
    const answers = (socket: string): Promise<boolean> =>
      engineAt(socket, signal).then(
        () => true,
        () => false,
      );
    return engineAt(await startService(environment, serviceFolder(environment), answers), signal);
  }
  if (named(environment) === null) refused.push({ address: "podman", refusal: "no such program on PATH" });
  const tried = refused.map((each) => `  ${each.address}: ${each.refusal}`).join("\n");
  throw new CoopError("ENGINE_UNREACHABLE", `No Podman answers. Tried:\n${tried}`, {
    mend: "Install Podman (`sudo apt-get install podman`), or set CONTAINER_HOST to its socket.",
  });
}

/** Whether there is anything of Podman's that `connectPodman` would try. */
export function hasPodman(environment: Environment): boolean {
  return (
    programOf(environment) !== null || candidates(environment).some((each) => existsSync(each.slice("unix://".length)))
  );
}

async function engineAt(path: string, signal: AbortSignal): Promise<Engine> {
  const docker = new Dockerode({ socketPath: path });
  const answer = await askEngine(docker, signal);
  if (answer.libpod === null) throw new Error("it is no Podman");
  const folder = join(userInfo().homedir, ".local/share/coop/podman");
  const files = ownFiles(folder);
  writeOwnFiles(files, folder);
  speakPodman(docker, { files, fixedLimits: fixedLimits(), defaultRuntime: defaultRuntime(answer) });
  return {
    kind: "podman",
    docker,
    address: `unix://${path}`,
    version: String(answer.information["ServerVersion"]),
    apiVersion: answer.apiVersion,
    id: `podman-${answer.information["Rootless"] === true ? userInfo().username : "root"}-${String(answer.information["DockerRootDir"])}`,
    information: answer.information,
    controllers: answer.information["Rootless"] === true ? await handedControllers(docker) : null,
  };
}

// An ordinary user has those of the second version that were handed down, and none at all of the first.
async function handedControllers(docker: Dockerode): Promise<readonly string[]> {
  const told = await new Promise<unknown>((resolve, reject) => {
    const call = { method: "GET", path: `${NATIVE}/info`, statusCodes: { 200: true } };
    docker.modem.dial(call, (cause: Error | null, answer: unknown) =>
      cause === null ? resolve(answer) : reject(cause),
    );
  });
  const { cgroupControllers, cgroupVersion } = fieldsOf(fieldsOf(told)["host"]);
  return cgroupVersion === "v2" ? textsIn(cgroupControllers) : [];
}

function defaultRuntime({ information }: EngineAnswer): string {
  const told = information["DefaultRuntime"];
  return typeof told === "string" ? told : "crun";
}

function named(environment: Environment): string | null {
  return environment["CONTAINER_HOST"] || null;
}

function candidates(environment: Environment): readonly string[] {
  const host = named(environment);
  if (host !== null) {
    if (host.startsWith("unix://")) return [host];
    throw new CoopError("ENGINE_UNSUPPORTED", `CONTAINER_HOST is "${host}": coop drives Podman only on this machine.`, {
      mend: "Unset CONTAINER_HOST, or name a socket as unix:///path.",
    });
  }
  const own = environment["XDG_RUNTIME_DIR"];
  return [
    ...(process.geteuid?.() === 0 ? ["unix:///run/podman/podman.sock"] : []),
    ...(process.geteuid?.() !== 0 && own ? [`unix://${join(own, "podman/podman.sock")}`] : []),
    `unix://${join(serviceFolder(environment), "podman.sock")}`,
  ];
}

function serviceFolder(environment: Environment): string {
  const given = environment["XDG_RUNTIME_DIR"];
  return given ? join(given, "coop") : join(tmpdir(), `coop-${process.geteuid?.() ?? "user"}`);
}

function programOf(environment: Environment): string | null {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((each) => each !== "");
  return folders.map((folder) => join(folder, "podman")).find((each) => existsSync(each)) ?? null;
}
