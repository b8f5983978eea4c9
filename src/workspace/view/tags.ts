import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { runGit } from "../git/run-git.ts";

/** The tags on a commit's history, as builds that call `git describe` want them. */
export async function tagsOf(
  host: Host,
  theirs: GitPlace,
  commit: string,
  signal: AbortSignal,
): Promise<readonly { readonly ref: string; readonly oid: string }[]> {
  const args = ["for-each-ref", `--merged=${commit}`, "--format=%(objectname) %(refname)", "refs/tags"];
  const output = await runGit({ host, place: theirs, args, doing: "list the tags" }, signal);
  return output
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const at = line.indexOf(" ");
      return at < 0 ? [] : [{ oid: line.slice(0, at), ref: line.slice(at + 1) }];
    });
}
