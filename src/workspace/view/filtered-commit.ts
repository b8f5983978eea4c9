import { join } from "node:path";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { rawBytes } from "../git/raw-path.ts";
import type { RawPath } from "../git/raw-path.ts";
import { gitLine, runGit } from "../git/run-git.ts";

const MESSAGE =
  "Workspace view\n\nThe files that this sandbox may see, as one commit: hidden files and the history stay on the host.\n";

/**
 * Makes the one commit of a filtered view: the commit's tree without the removed paths. Equal input gives the equal
 * commit, so the host can make it again when work comes back.
 */
export async function filteredCommit(
  {
    host,
    place,
    commit,
    time,
    removed,
  }: {
    readonly host: Host;
    readonly place: GitPlace;
    readonly commit: string;
    readonly time: number;
    readonly removed: readonly RawPath[];
  },
  signal: AbortSignal,
): Promise<string> {
  const indexed = { ...place, indexFile: join(place.gitDir, "filtered-index") };
  const doing = "make the filtered commit";
  await runGit({ host, place: indexed, args: ["read-tree", commit], doing }, signal);
  const zero = "0".repeat(commit.length);
  const lines = removed.flatMap((path) => [Buffer.from(`0 ${zero}\t`), rawBytes(path), Buffer.from([0])]);
  await runGit(
    { host, place: indexed, args: ["update-index", "-z", "--index-info"], input: Buffer.concat(lines), doing },
    signal,
  );
  return commitIndex({ host, place: indexed, time }, signal);
}

/** Commits files of a folder without git, by path. Ignore rules were applied before. */
export async function commitPlainFolder(
  {
    host,
    place,
    time,
    files,
  }: { readonly host: Host; readonly place: GitPlace; readonly time: number; readonly files: readonly RawPath[] },
  signal: AbortSignal,
): Promise<string> {
  const indexed = { ...place, indexFile: join(place.gitDir, "plain-index") };
  const input = Buffer.concat(files.flatMap((path) => [rawBytes(path), Buffer.from([0])]));
  await runGit(
    { host, place: indexed, args: ["update-index", "--add", "-z", "--stdin"], input, doing: "take in the folder" },
    signal,
  );
  return commitIndex({ host, place: indexed, time }, signal);
}

async function commitIndex(
  { host, place, time }: { readonly host: Host; readonly place: GitPlace; readonly time: number },
  signal: AbortSignal,
): Promise<string> {
  const tree = await gitLine({ host, place, args: ["write-tree"], doing: "write the view's tree" }, signal);
  const who = "coop <coop@localhost>";
  const commit = `tree ${tree}\nauthor ${who} ${time} +0000\ncommitter ${who} ${time} +0000\n\n${MESSAGE}`;
  return gitLine(
    {
      host,
      place,
      args: ["hash-object", "-t", "commit", "-w", "--stdin"],
      input: commit,
      doing: "write the view's commit",
    },
    signal,
  );
}
