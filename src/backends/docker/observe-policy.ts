import type Dockerode from "dockerode";
import { GATEWAY, POLICY, POLICY_VOLUME } from "../../../compilers/container/plumbing.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import type { ResourceGraph } from "../../graph/resource.ts";
import type { Observed } from "../../graph/snapshot.ts";
import { POLICY_DIGEST_FILE, POLICY_FILE } from "./apply-policy.ts";
import { readFiles, readVolumeFiles } from "./volume-files.ts";

type Seen = Observed<ContainerObject>;

const FILES = [POLICY_FILE, POLICY_DIGEST_FILE] as const;

/** What the gateway's container holds, on its way while the other containers are still being read. */
export interface PolicyReading {
  readonly gateway: string;
  readonly files: Promise<readonly (Buffer | null)[]>;
}

/** A container that is being removed: to read a file of it would mount its volumes again, and break its removal. */
export function isGoing(state: string): boolean {
  return state === "removing" || state === "dead";
}

/** Starts reading the rules through the gateway, which mounts them, running or not. */
export function readPolicy(docker: Dockerode, gateway: string): PolicyReading {
  const files = readFiles(docker.getContainer(gateway), "/etc/coop/policy", FILES);
  // Nobody waits for it where the gateway turns out not to be ours.
  files.catch(() => undefined);
  return { gateway, files };
}

/** The rules in force: read through the gateway; without one, from their volume. */
export async function observePolicy(
  docker: Dockerode,
  graph: ResourceGraph<ContainerObject>,
  seen: readonly Seen[],
  early: PolicyReading | null,
): Promise<Seen | null> {
  const ours = (id: Seen["id"]): Seen | undefined => seen.find((each) => each.id === id && each.ownership === "ours");
  const gateway = ours(GATEWAY);
  const volume = ours(POLICY_VOLUME);
  if (gateway !== undefined && !(gateway.phase.kind === "broken" && isGoing(gateway.phase.why))) {
    const reading = early?.gateway === gateway.handle ? early : readPolicy(docker, gateway.handle);
    const [policy, digest] = await reading.files;
    return rules(gateway.handle, policy ?? null, digest ?? null);
  }
  const image = seen.find((each) => each.kind === "image")?.name;
  if (volume === undefined || image === undefined) return null;
  const access = { project: graph.scope.project, volume: volume.name, image };
  const [policy, digest] = await readVolumeFiles(docker, access, FILES);
  return rules(volume.handle, policy ?? null, digest ?? null);
}

function rules(handle: string, policy: Buffer | null, digest: Buffer | null): Seen | null {
  if (policy === null) return null;
  return {
    id: POLICY,
    kind: "policy",
    handle,
    name: "rules",
    ownership: "ours",
    digest: digest?.toString("utf8").trim() ?? "",
    live: { policy: parsePolicyText(policy) },
    phase: { kind: "present" },
  };
}

// A file that is no JSON differs from every policy, and so is written anew.
function parsePolicyText(file: Buffer): unknown {
  try {
    return JSON.parse(file.toString("utf8"));
  } catch {
    return null;
  }
}
