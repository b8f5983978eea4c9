import { join } from "node:path";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { rawBytes } from "../git/raw-path.ts";
import type { RawPath } from "../git/raw-path.ts";
import { runGit } from "../git/run-git.ts";

interface IndexContent {
  readonly host: Host;
  readonly place: GitPlace;
  readonly folder: string;
  /** The view's HEAD; null when there is none. */
  readonly commit: string | null;
  readonly staged: readonly (readonly [RawPath, { readonly mode: string; readonly oid: string } | null])[];
  /** Tracked and not in the work tree on purpose: marked so that `commit -a` in the sandbox does not delete them. */
  readonly skipped: readonly RawPath[];
}

/** Writes the view's index and returns its path; null when nothing is tracked yet. */
export async function writeIndex(
  { host, place, folder, commit, staged, skipped }: IndexContent,
  signal: AbortSignal,
): Promise<string | null> {
  if (commit === null && staged.length === 0) return null;
  const indexFile = join(folder, "view-index");
  const indexed = { ...place, indexFile, config: { ...place.config, "index.version": "2" } };
  const doing = "write the view's index";
  if (commit !== null) await runGit({ host, place: indexed, args: ["read-tree", commit], doing }, signal);
  if (staged.length > 0) {
    const zero = "0".repeat(commit?.length ?? 40);
    const lines = staged.flatMap(([path, entry]) => [
      Buffer.from(entry === null ? `0 ${zero}\t` : `${entry.mode} ${entry.oid}\t`),
      rawBytes(path),
      Buffer.from([0]),
    ]);
    await runGit(
      { host, place: indexed, args: ["update-index", "-z", "--index-info"], input: Buffer.concat(lines), doing },
      signal,
    );
  }
  if (skipped.length > 0) {
    const input = Buffer.concat(skipped.flatMap((path) => [rawBytes(path), Buffer.from([0])]));
    await runGit(
      { host, place: indexed, args: ["update-index", "-z", "--skip-worktree", "--stdin"], input, doing },
      signal,
    );
  }
  return indexFile;
}
