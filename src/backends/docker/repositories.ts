import type Dockerode from "dockerode";
import { LABEL } from "../../backend/labels.ts";
import { engineCall } from "./engine-errors.ts";

/** The repositories from which the objects of a project were made, by their labels, sorted. */
export async function repositoriesOf(docker: Dockerode, project: string): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.project}=${project}`] };
  const [containers, { Volumes }] = await Promise.all([
    engineCall("list its containers", () => docker.listContainers({ all: true, filters })),
    engineCall("list its volumes", () => docker.listVolumes({ filters })),
  ]);
  const labels = [...containers.map((each) => each.Labels), ...(Volumes ?? []).map((each) => each.Labels ?? {})];
  return [...new Set(labels.flatMap((each) => each[LABEL.repository] ?? []))].toSorted();
}
