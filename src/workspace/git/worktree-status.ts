import { nullTerminated } from "./null-terminated.ts";
import type { GitPlace } from "./clean-environment.ts";
import type { Host } from "./host.ts";
import { rawPath } from "./raw-path.ts";
import type { RawPath } from "./raw-path.ts";
import { runGit } from "./run-git.ts";

/** What differs between a commit, the index and the work tree. */
export interface WorktreeStatus {
  /** Changed in the index: what it holds now; null where it was removed. */
  readonly staged: ReadonlyMap<RawPath, { readonly mode: string; readonly oid: string } | null>;
  /** The file in the work tree is not what the index holds, or only the work tree has it. */
  readonly changed: ReadonlySet<RawPath>;
  /** Not in the index and not ignored by git. */
  readonly untracked: readonly RawPath[];
  /** Folders that are repositories of their own. */
  readonly nested: readonly RawPath[];
}

/** Nothing on top of the commit. */
export const CLEAN_WORKTREE: WorktreeStatus = { staged: new Map(), changed: new Set(), untracked: [], nested: [] };

/** What ignored files are: everything that git's own rules (`.gitignore`, `info/exclude`, `core.excludesFile`) leave out. */
export async function worktreeStatus(host: Host, place: GitPlace, signal: AbortSignal): Promise<WorktreeStatus> {
  const args = [
    "status",
    "--porcelain=v2",
    "-z",
    "--untracked-files=all",
    "--ignore-submodules=all",
    "--no-renames",
    "--no-ahead-behind",
  ];
  const output = await runGit(
    { host, place, args, doing: `compare ${place.workTree ?? "the work tree"} with its index` },
    signal,
  );
  const staged = new Map<RawPath, { readonly mode: string; readonly oid: string } | null>();
  const changed = new Set<RawPath>();
  const untracked: RawPath[] = [];
  const nested: RawPath[] = [];
  for (const record of nullTerminated(output)) {
    const text = rawPath(record);
    const kind = text[0];
    if (kind === "?")
      (text.endsWith("/") ? nested : untracked).push(rawPath(record.subarray(2, text.endsWith("/") ? -1 : undefined)));
    if (kind === "u") changed.add(rawPath(record.subarray(lengthOfFields(text, 10))));
    if (kind === "1") {
      const [, xy = "", , , modeIndex = "", , , oidIndex = ""] = text.split(" ", 8);
      const path = rawPath(record.subarray(lengthOfFields(text, 8)));
      const inIndex = !/^0+$/.test(oidIndex);
      if (xy[0] === "D") staged.set(path, null);
      else if (xy[0] !== "." && inIndex) staged.set(path, { mode: modeIndex, oid: oidIndex });
      if (xy[1] !== ".") changed.add(path);
    }
  }
  return { staged, changed, untracked, nested };
}

/** Where the text behind so many space-separated fields begins. */
function lengthOfFields(text: string, count: number): number {
  let at = 0;
  for (let field = 0; field < count; field += 1) at = text.indexOf(" ", at) + 1;
  return at;
}
