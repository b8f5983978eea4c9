import type { GitPlace } from "./clean-environment.ts";
import type { Host } from "./host.ts";
import { nullTerminated } from "./null-terminated.ts";
import { rawPath } from "./raw-path.ts";
import type { RawPath } from "./raw-path.ts";
import { runGit } from "./run-git.ts";

/** One file, link or submodule of a tree. */
export interface TreeEntry {
  readonly path: RawPath;
  /** `100644`, `100755`, `120000` or `160000`. */
  readonly mode: string;
  readonly oid: string;
}

/** All leaves of a tree, in git's order. */
export async function listTree(
  host: Host,
  place: GitPlace,
  treeish: string,
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const output = await runGit(
    { host, place, args: ["ls-tree", "-r", "-z", "--full-tree", treeish], doing: `list the files of ${treeish}` },
    signal,
  );
  const entries: TreeEntry[] = [];
  for (const record of nullTerminated(output)) {
    const tab = record.indexOf(9);
    entries.push({
      mode: record.toString("latin1", 0, 6),
      oid: record.toString("latin1", 12, tab),
      path: rawPath(record.subarray(tab + 1)),
    });
  }
  return entries;
}
