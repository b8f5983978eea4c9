import type Dockerode from "dockerode";
import { isOwn } from "../../backend/ownership.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { engineFind, isConflict } from "./engine-errors.ts";

/** The refusal for a name that somebody else holds. */
export function foreignObject(name: string): CoopError {
  return new CoopError("FOREIGN_OBJECT", `Somebody else's object holds the name ${name}; it was left alone.`, {
    mend: "Rename or remove it, or give the project another name.",
  });
}

/** Whether a container, by its report, is the project's own; a copy of its labels is not. */
export function isOwnReport(project: string, { Name, Config }: Dockerode.ContainerInspectInfo): boolean {
  return isOwn(project, { name: Name.replace(/^\//, ""), labels: Config.Labels ?? {} });
}

/** As isOwnReport, by its line in a list. */
export function isOwnContainer(project: string, { Names, Labels }: Dockerode.ContainerInfo): boolean {
  return isOwn(project, { name: (Names[0] ?? "").replace(/^\//, ""), labels: Labels });
}

/** As isOwnReport, of a volume. */
export function isOwnVolume(
  project: string,
  { Name, Labels }: Pick<Dockerode.VolumeInspectInfo, "Name" | "Labels">,
): boolean {
  return isOwn(project, { name: Name, labels: Labels ?? {} });
}

/** Removes a helper that a killed run left under its name; one of somebody else's is refused, not removed. */
export async function removeLeftover(docker: Dockerode, project: string, name: string): Promise<void> {
  const doing = `remove the helper "${name}"`;
  const report = await engineFind(doing, () => docker.getContainer(name).inspect());
  if (report === null) return;
  if (!isOwnReport(project, report)) throw foreignObject(name);
  const leftover = docker.getContainer(report.Id);
  await engineFind(doing, async () => {
    try {
      await leftover.remove({ force: true, v: true });
    } catch (cause) {
      // The plan found it as well, and takes it away at this moment.
      if (!isConflict(cause)) throw cause;
      await leftover.wait({ condition: "removed" });
    }
  });
}
