import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { gitLine, tryGit } from "../git/run-git.ts";
import type { ScratchRepository } from "../git/scratch-repository.ts";

/** What the view's HEAD stands for on the host. */
export interface ChosenHead {
  /** Null: no commit yet. */
  readonly commit: string | null;
  readonly branch: string;
  /** The ref is what the host has checked out, so that its dirty files belong on top. */
  readonly checkedOut: boolean;
  /** Seconds since the epoch at which the commit was made. */
  readonly time: number;
}

/** The time of files where no commit gives one: the start of the year 2000. */
export const WITHOUT_COMMIT = 946_684_800;

/** Resolves `workspace.ref` in the user's repository and points the scratch repository's HEAD at the host's. */
export async function chooseHead(
  {
    host,
    theirs,
    scratch,
    ref,
  }: { readonly host: Host; readonly theirs: GitPlace; readonly scratch: ScratchRepository; readonly ref: string },
  signal: AbortSignal,
): Promise<ChosenHead> {
  const line = async (args: readonly string[]): Promise<string | null> => {
    const { exitCode, stdout } = await tryGit({ host, place: theirs, args, doing: `resolve ${ref}` }, signal);
    const text = stdout.toString("utf8").trimEnd();
    return exitCode === 0 && text !== "" ? text : null;
  };
  const current = await line(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  const branch = await line(["symbolic-ref", "--quiet", "HEAD"]);
  if (current === null && ref === "HEAD") {
    await writeFile(join(scratch.gitDir, "HEAD"), "ref: refs/heads/unborn\n");
    return { commit: null, branch: shortBranch(branch) ?? "main", checkedOut: true, time: WITHOUT_COMMIT };
  }
  const commit = await line(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
  if (commit === null) {
    throw new CoopError("NOT_FOUND", `\`workspace.ref: ${ref}\` names no commit of the repository.`, {
      mend: "Name a branch, a tag or a commit that `git rev-parse` knows, or HEAD.",
    });
  }
  const named =
    ref === "HEAD"
      ? branch
      : await line(["rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", ref]);
  if (current !== null) await writeFile(join(scratch.gitDir, "HEAD"), `${current}\n`);
  const time = Number(
    await gitLine(
      {
        host,
        place: scratch.place,
        args: ["log", "-1", "--format=%ct", "--no-show-signature", commit, "--"],
        doing: `read commit ${commit}`,
      },
      signal,
    ),
  );
  return {
    commit,
    branch: shortBranch(named) ?? `detached-${commit.slice(0, 12)}`,
    checkedOut: commit === current,
    time: Math.min(Math.max(time, 1), 0x7ffffff0),
  };
}

function shortBranch(ref: string | null): string | null {
  return ref?.startsWith("refs/heads/") === true ? ref.slice("refs/heads/".length) : null;
}
