import type Dockerode from "dockerode";

/** Removes what carries the project's name, as coop or as compose labels it. */
export async function removeProject(docker: Dockerode, project: string): Promise<void> {
  for (const label of [
    `coop.dev/project=${project}`,
    `com.docker.compose.project=${project}`,
    `coop.bench/project=${project}`,
  ]) {
    const filters = { label: [label] };
    const containers = await docker.listContainers({ all: true, filters });
    await Promise.all(
      containers.map((each) =>
        docker
          .getContainer(each.Id)
          .remove({ force: true, v: true })
          .catch(() => undefined),
      ),
    );
    const networks = await docker.listNetworks({ filters });
    await Promise.all(
      networks.map((each) =>
        docker
          .getNetwork(each.Id)
          .remove()
          .catch(() => undefined),
      ),
    );
    const { Volumes } = await docker.listVolumes({ filters });
    await Promise.all(
      (Volumes ?? []).map((each) =>
        docker
          .getVolume(each.Name)
          .remove()
          .catch(() => undefined),
      ),
    );
  }
}
