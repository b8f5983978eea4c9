import { diagnostic } from "../../src/diagnostics/catalog.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { LivePath, LiveView } from "../../src/model/inputs.ts";
import type { Agent } from "../../src/model/model.ts";
import type { Context } from "./context.ts";
import { imageReference } from "./image-reference.ts";
import type { MountBody } from "./resources.ts";
import { userOf } from "./sandbox-user.ts";

/**
 * The host's own tree at `target`: covered what is hidden, read-only every repository, and each folder above them a mount
 * of its own. `taken` are targets of other mounts, which are mount points already.
 */
export function liveMounts(
  view: LiveView,
  target: string,
  readOnly: boolean,
  taken: readonly string[],
): readonly MountBody[] {
  const inside = (path: string): string => `${target}/${path}`;
  const self = (path: string, locked: boolean): MountBody => {
    return { Type: "bind", Source: `${view.root}/${path}`, Target: inside(path), ReadOnly: locked };
  };
  const cover = ({ path, kind }: LivePath): MountBody => {
    return { Type: "bind", Source: view.decoys[kind], Target: inside(path), ReadOnly: true };
  };
  const mounts: readonly MountBody[] = [
    ...view.shadows.map(cover),
    ...view.repositories.map(({ path }) => self(path, true)),
    ...view.mountPoints.map((path) => self(path, readOnly)),
  ];
  // The first of a target is the strictest; an engine refuses two.
  const used = new Set(taken);
  const distinct = mounts.filter((mount) => !used.has(mount.Target) && used.add(mount.Target));
  return [{ Type: "bind", Source: view.root, Target: target, ReadOnly: readOnly }, ...distinct];
}

/** Live trees that cannot be guarded, or that their sandbox could not work on. */
export function liveRefusals(context: Context, backend: string): readonly Diagnostic[] {
  return context.model.agents.flatMap((agent) => {
    const view = context.inputs.live[agent.name];
    const found = view === undefined ? null : problemOf(context, agent, view);
    if (found === null) return [];
    const what = `\`workspace: { mode: live }\` of "${agent.name}" ${found.because}`;
    return [diagnostic("NotSupportedByBackend", { what, backend, wayOut: found.wayOut }, agent.workspace.origin)];
  });
}

function problemOf(
  context: Context,
  agent: Agent,
  view: LiveView,
): { readonly because: string; readonly wayOut: string } | null {
  const wayOut = "Use `mode: clone`.";
  if (view.unfit === "no-linux") return { because: "on a host that is not Linux", wayOut };
  if (view.unfit === "holds-coop")
    return { because: "on a tree that holds coop's own settings", wayOut: "Use `mode: clone`, or a smaller folder." };
  if (agent.workspace.readOnly || mayWrite(userOf(context, agent, imageReference(context, agent)), view.owner))
    return null;
  return {
    because: "on a tree that its user cannot write",
    wayOut: "Use `mode: clone` or `readOnly: true`, or let the tree belong to the user that runs coop.",
  };
}

// A user that only the image's own passwd file can name is found out when it writes.
function mayWrite(user: string, { uid, gid, mode }: LiveView["owner"]): boolean {
  const [ofUser, ofGroup] = user.split(":").map(Number);
  if (ofUser === undefined || Number.isNaN(ofUser)) return true;
  const bit = ofUser === uid ? 0o200 : ofGroup === gid ? 0o020 : 0o002;
  return (mode & bit) !== 0;
}
