import type Dockerode from "dockerode";
import { LABEL } from "../../backend/labels.ts";
import type { Remnant } from "../../backend/leftovers.ts";
import { isOwn, isResourceId } from "../../backend/ownership.ts";
import { engineCall, engineFind, isConflict } from "./engine-errors.ts";
import { BUILD_LABEL } from "./images.ts";

type Labels = Readonly<Record<string, string>>;

/** Everything on the engine that any coop made: of all projects, by label and derived name. */
export async function surveyDocker(docker: Dockerode): Promise<readonly Remnant[]> {
  const ours = { filters: { label: [LABEL.project] } };
  const [containers, networks, { Volumes }, images] = await Promise.all([
    engineCall("list its containers", () => docker.listContainers({ all: true })),
    engineCall("list its networks", () => docker.listNetworks(ours)),
    engineCall("list its volumes", () => docker.listVolumes(ours)),
    engineCall("list its images", () => docker.listImages({ filters: { label: [BUILD_LABEL] } })),
  ]);
  const used = new Set(containers.map((each) => each.ImageID));
  return [
    ...containers.flatMap((each) => {
      const name = (each.Names[0] ?? "").replace(/^\//, "");
      return remnant("container", { name, handle: each.Id, labels: each.Labels, running: each.State === "running" });
    }),
    ...networks.flatMap(({ Name, Id, Labels }) =>
      remnant("network", { name: Name, handle: Id, labels: Labels ?? {}, running: false }),
    ),
    ...(Volumes ?? []).flatMap(({ Name, Labels }) =>
      remnant("volume", { name: Name, handle: Name, labels: Labels ?? {}, running: false }),
    ),
    // Children before what they were built from.
    ...images
      .toSorted((a, b) => b.Created - a.Created)
      .map(({ Id, RepoTags }) => {
        const names = (RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
        return {
          kind: "image" as const,
          name: names[0] ?? Id.replace(/^sha256:/, "").slice(0, 12),
          handle: Id,
          project: null,
          id: null,
          repository: null,
          session: null,
          running: false,
          // A name that coop never gives is somebody's own.
          used: used.has(Id) || names.some((tag) => !tag.startsWith("coop.local/")),
        };
      }),
  ];
}

function remnant(
  kind: "container" | "network" | "volume",
  seen: { readonly name: string; readonly handle: string; readonly labels: Labels; readonly running: boolean },
): readonly Remnant[] {
  const { labels, ...rest } = seen;
  const project = labels[LABEL.project];
  const id = labels[LABEL.id] ?? "";
  if (project === undefined || !isResourceId(id) || !isOwn(project, { name: seen.name, labels })) return [];
  const repository = labels[LABEL.repository] ?? null;
  return [{ kind, ...rest, project, id, repository, session: labels[LABEL.session] ?? null, used: false }];
}

/** Removes one leftover; what is gone already is as good. A network or volume that somebody uses is refused by the engine. */
export async function removeRemnant(docker: Dockerode, { kind, name, handle }: Remnant): Promise<void> {
  await engineFind(`remove the ${kind} "${name}"`, async () => {
    switch (kind) {
      case "container":
        return docker.getContainer(handle).remove({ force: true, v: true });
      case "network":
        return docker.getNetwork(handle).remove();
      case "volume":
        return docker.getVolume(handle).remove();
      case "image":
        return removeImage(docker, handle);
    }
  });
}

// One with several names of coop's goes with all of them: by its id the engine takes only one that has a single name.
async function removeImage(docker: Dockerode, handle: string): Promise<void> {
  const image = docker.getImage(handle);
  try {
    await image.remove();
  } catch (cause) {
    if (!isConflict(cause)) throw cause;
    const { RepoTags } = await image.inspect();
    for (const tag of RepoTags ?? []) await docker.getImage(tag).remove();
  }
}
