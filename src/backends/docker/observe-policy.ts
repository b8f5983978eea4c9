import type Dockerode from "dockerode";
import { GATEWAY, POLICY, POLICY_VOLUME } from "../../../compilers/container/plumbing.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import type { ResourceGraph } from "../../graph/resource.ts";
import type { Observed } from "../../graph/snapshot.ts";
import { POLICY_DIGEST_FILE, POLICY_FILE } from "./apply-policy.ts";
import { readFile, readVolumeFiles } from "./volume-files.ts";

type Seen = Observed<ContainerObject>;

/** The rules in force: read through the gateway, which mounts them, running or not; without a gateway, from their volume. */
export async function observePolicy(
  docker: Dockerode,
  graph: ResourceGraph<ContainerObject>,
  seen: readonly Seen[],
): Promise<Seen | null> {
  const ours = (id: Seen["id"]): Seen | undefined => seen.find((each) => each.id === id && each.ownership === "ours");
  const gateway = ours(GATEWAY);
  const volume = ours(POLICY_VOLUME);
  if (gateway !== undefined) {
    const container = docker.getContainer(gateway.handle);
    const at = (name: string): Promise<Buffer | null> => readFile(container, `/etc/coop/policy/${name}`);
    const [policy, digest] = await Promise.all([at(POLICY_FILE), at(POLICY_DIGEST_FILE)]);
    return rules(gateway.handle, policy, digest);
  }
  const image = seen.find((each) => each.kind === "image")?.name;
  if (volume === undefined || image === undefined) return null;
  const access = { project: graph.scope.project, volume: volume.name, image };
  const [policy, digest] = await readVolumeFiles(docker, access, [POLICY_FILE, POLICY_DIGEST_FILE]);
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
