import type Dockerode from "dockerode";
import { LABEL } from "../backend/labels.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { World } from "./world.ts";

/** One running or stopped container that a person may name. */
export interface Named {
  /** `coder`, `nightly.3`, `db`: how people call it. */
  readonly name: string;
  readonly role: "sandbox" | "service" | "gateway";
  readonly container: Dockerode.Container;
  readonly running: boolean;
  /** Whether commands must load the secret environment first. */
  readonly loadsEnvironment: boolean;
}

/** The project's sandboxes and services, sorted by name. */
export async function namedContainers(world: World): Promise<readonly Named[]> {
  const { docker } = world.backend.engine;
  const { project } = world.project.model;
  const all = await docker.listContainers({ all: true, filters: { label: [`${LABEL.project}=${project}`] } });
  return all
    .flatMap((each): readonly Named[] => {
      const match = /^container:(?:(sandbox|service)\.(.+)|(gateway))$/.exec(each.Labels[LABEL.id] ?? "");
      if (match === null) return [];
      const role = match[1] === "sandbox" ? "sandbox" : match[1] === "service" ? "service" : "gateway";
      const loadsEnvironment = each.Mounts.some((mount) => mount.Destination === "/run/coop/environment");
      return [{ name: (match[2] ?? "gateway").replace(/\.0$/, ""), role, container: docker.getContainer(each.Id), running: each.State === "running", loadsEnvironment }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The one that is called so; `coder.0` and `coder` are the same. Null = the only sandbox. */
export async function findNamed(world: World, name: string | null): Promise<Named> {
  const all = await namedContainers(world);
  const sandboxes = all.filter((each) => each.role === "sandbox");
  if (name === null) {
    const [only, ...others] = sandboxes;
    if (only !== undefined && others.length === 0) return only;
    throw new CoopError("USAGE", `Which one? There ${sandboxes.length === 0 ? "is none" : `are ${sandboxes.map((each) => each.name).join(", ")}`}.`, { mend: sandboxes.length === 0 ? "coop apply" : "Name one." });
  }
  const found = all.find((each) => each.name === name.replace(/\.0$/, ""));
  if (found !== undefined) return found;
  const near = nearest(name, all.map((each) => each.name));
  throw new CoopError("NOT_FOUND", `Nothing called "${name}" is there${all.length === 0 ? "" : `; there are ${all.map((each) => each.name).join(", ")}`}.`, {
    mend: near === null ? "coop status shows what is declared, coop apply makes it." : `Did you mean ${near}?`,
  });
}
