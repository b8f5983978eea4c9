import { rm } from "node:fs/promises";
import type { Remnant } from "../../backend/leftovers.ts";
import { forgetRef, rememberedOf } from "../../workspace/fetch/stale-pins.ts";
import type { Remembered } from "../../workspace/fetch/stale-pins.ts";
import type { Shell } from "../shell.ts";
import { cacheFolder } from "../user-folders.ts";
import type { Finding } from "./finding.ts";

/**
 * What a repository remembers of workspaces that the engine does not have any more. The same repository may have workspaces
 * on another engine, which is why this is shown and asked like everything else.
 */
export async function forgottenWorkspaces(
  root: string,
  remnants: readonly Remnant[],
  shell: Shell,
): Promise<readonly Finding[]> {
  const host = { environment: shell.environment, cacheFolder: cacheFolder(shell.environment) };
  const volumes = remnants.flatMap(({ id, name, project }) => {
    const path = /^volume:workspace\.(.+)$/.exec(id ?? "")?.[1];
    return path === undefined ? [] : [`${project} ${name}`, `${project} ${path.replace(/\.0$/, "")}`];
  });
  const there = new Set(volumes);
  return (await rememberedOf(host, root, shell.signal))
    .filter((each) => !there.has(`${each.project} ${each.of}`))
    .map((each) => ({
      kind: each.kind,
      name: each.name,
      project: each.project,
      why: "its workspace is not on this engine",
      holdsData: false,
      running: false,
      remove: () => forget(each),
    }));

  function forget({ kind, name }: Remembered): Promise<void> {
    return kind === "file" ? rm(name, { force: true }) : forgetRef(host, root, name, shell.signal);
  }
}
