import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Places } from "../places.ts";
import { proposedName } from "../proposed-name.ts";
import { sandboxPathProblem } from "../sandbox-path.ts";
import { parseMount } from "../volume-mount.ts";
import type { Rule } from "./rule.ts";

/** Volumes are the project's own, by name, each at a place of its own. */
export const volumes: Rule = (_file, { agents, places, services }) => [
  ...agents.flatMap(({ entry }) => mountProblems(entry.volumes, [], places)),
  ...services.flatMap(({ entry }) => mountProblems(entry.volumes, entry.tmpfs ?? [], places)),
];

function mountProblems(
  mounts: readonly string[] | undefined,
  tmpfs: readonly string[],
  places: Places,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const taken = new Set<string>();
  const take = (path: string, list: readonly string[], at: number): void => {
    const target = path.replace(/(?<=.)\/+$/u, "");
    const why = sandboxPathProblem(path);
    if (why !== null) found.push(diagnostic("InvalidSandboxPath", { path, why }, places.value(list, at)));
    else if (taken.has(target)) found.push(diagnostic("DuplicateTarget", { target }, places.value(list, at)));
    taken.add(target);
  };
  for (const [at, written] of (mounts ?? []).entries()) {
    const mount = parseMount(written);
    const problem = nameProblem(written, mount?.volume ?? null);
    if (problem !== null)
      found.push(diagnostic("InvalidVolume", { written, ...problem }, places.value(mounts ?? [], at)));
    else if (mount !== null) take(mount.target, mounts ?? [], at);
  }
  for (const [at, path] of tmpfs.entries()) take(path, tmpfs, at);
  return found;
}

interface VolumeProblem {
  readonly why: string;
  readonly mend: string;
}

function nameProblem(written: string, volume: string | null): VolumeProblem | null {
  if (/^[./~\\]|^[A-Za-z]:\\|^[A-Z]:\/|^\$/u.test(written)) {
    const why = written.includes("docker.sock")
      ? "the engine's socket would give the whole machine away"
      : "folders of the host cannot be mounted";
    return { why, mend: "Write `name:/path` for a volume of the project; the repository is the workspace." };
  }
  if (volume === null)
    return {
      why: "it is not `NAME:TARGET` or `NAME:TARGET:ro`",
      mend: "Write `name:/path`, or `name:/path:ro` to only read it.",
    };
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u.test(volume)) return null;
  const proposal = proposedName(volume);
  return {
    why: "its name is not lower-case letters, digits and `-`",
    mend: proposal === null ? "Give it a name." : `Name it \`${proposal}\`.`,
  };
}
