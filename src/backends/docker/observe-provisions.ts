import type Dockerode from "dockerode";
import { PROVISIONS } from "../../../compilers/container/interception.ts";
import { GATEWAY } from "../../../compilers/container/plumbing.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import type { ResourceGraph } from "../../graph/resource.ts";
import type { Observed } from "../../graph/snapshot.ts";
import { readFile } from "./volume-files.ts";

type Seen = Observed<ContainerObject>;

/** What the gateway says that it holds in memory; null while it holds nothing, does not run, or nobody wants to know. */
export async function observeProvisions(
  docker: Dockerode,
  graph: ResourceGraph<ContainerObject>,
  seen: readonly Seen[],
): Promise<Seen | null> {
  if (!graph.resources.some((each) => each.id === PROVISIONS)) return null;
  const gateway = seen.find((each) => each.id === GATEWAY && each.ownership === "ours");
  // The report of a gateway that has ended stays in its volume, and what it held is gone.
  if (gateway?.phase.kind !== "running") return null;
  const file = await readFile(docker.getContainer(gateway.handle), "/run/coop/in-force.json");
  const digest = heldDigest(file);
  if (digest === null) return null;
  return {
    id: PROVISIONS,
    kind: "provisions",
    handle: gateway.handle,
    name: "provisions",
    ownership: "ours",
    digest,
    live: {},
    phase: { kind: "present" },
  };
}

function heldDigest(file: Buffer | null): string | null {
  try {
    const state: { readonly provisions?: unknown } = JSON.parse(file?.toString("utf8") ?? "{}");
    return typeof state.provisions === "string" ? state.provisions : null;
  } catch {
    // Half a report is none.
    return null;
  }
}
