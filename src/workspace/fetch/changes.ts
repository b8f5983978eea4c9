import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { nullTerminated } from "../git/null-terminated.ts";
import { rawPath } from "../git/raw-path.ts";
import type { RawPath } from "../git/raw-path.ts";
import { runGit } from "../git/run-git.ts";

/** One path that differs between two trees. */
export interface Change {
  readonly path: RawPath;
  /** `000000` where the path is not there. */
  readonly mode: string;
  readonly oid: string;
  readonly modeBefore: string;
  readonly oidBefore: string;
}

/** What each commit changes against each of its parents; a first commit changes everything. */
export async function changesOfCommits(
  host: Host,
  place: GitPlace,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Change[]>> {
  const args = ["diff-tree", "--stdin", "-r", "--raw", "-z", "--no-renames", "-m", "--root", "--no-abbrev"];
  const output = await runGit(
    { host, place, args, input: commits.map((oid) => `${oid}\n`).join(""), doing: "read what the commits change" },
    signal,
  );
  const changes = new Map<string, Change[]>();
  let commit = "";
  for (const entry of parseRaw(output)) {
    if (typeof entry === "string") commit = entry;
    else changes.set(commit, [...(changes.get(commit) ?? []), entry]);
  }
  return changes;
}

/** What differs between two trees; null stands for the empty one. */
export async function changesBetween(
  host: Host,
  place: GitPlace,
  before: string | null,
  after: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const from =
    before ??
    (
      await runGit(
        { host, place, args: ["hash-object", "-t", "tree", "--stdin", "-w"], doing: "make the empty tree" },
        signal,
      )
    )
      .toString("latin1")
      .trim();
  const args = ["diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", from, after];
  const output = await runGit({ host, place, args, doing: "compare two commits" }, signal);
  return [...parseRaw(output)].flatMap((entry) => (typeof entry === "string" ? [] : [entry]));
}

/** The commits' ids as they come, and the changes behind each. */
function* parseRaw(output: Buffer): Generator<string | Change> {
  let fields: readonly string[] | null = null;
  for (const record of nullTerminated(output)) {
    if (fields !== null) {
      const [modeBefore = "", mode = "", oidBefore = "", oid = ""] = fields;
      yield { path: rawPath(record), mode, oid, modeBefore, oidBefore };
      fields = null;
    } else if (record[0] === 0x3a) fields = record.toString("latin1", 1).split(" ");
    else yield record.toString("latin1").trim();
  }
}
