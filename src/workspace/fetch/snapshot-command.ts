/** Where the sandbox's repository keeps what only leaves through `coop fetch`. */
export const UNCOMMITTED_REF = "refs/coop/uncommitted";
export const DETACHED_REF = "refs/coop/head";

const SCRIPT = `set -eu
cd "$1"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=coop GIT_AUTHOR_EMAIL=coop@localhost GIT_COMMITTER_NAME=coop GIT_COMMITTER_EMAIL=coop@localhost
g() { git -c safe.directory='*' -c core.fsmonitor=false -c core.hooksPath=/dev/null -c commit.gpgSign=false -c core.untrackedCache=false "$@"; }
dir=$(g rev-parse --absolute-git-dir)
head=$(g rev-parse -q --verify 'HEAD^{commit}' || true)
if [ -n "$head" ]; then g update-ref ${DETACHED_REF} "$head"; fi
GIT_INDEX_FILE="$dir/coop-snapshot.$$"
export GIT_INDEX_FILE
trap 'rm -f "$GIT_INDEX_FILE" "$GIT_INDEX_FILE.lock"' EXIT
if [ -f "$dir/index" ]; then cp -p "$dir/index" "$GIT_INDEX_FILE"; fi
g add -A --ignore-errors . >/dev/null 2>&1 || true
tree=$(g write-tree)
if [ -n "$head" ] && [ "$(g rev-parse "$head^{tree}")" = "$tree" ]; then g update-ref -d ${UNCOMMITTED_REF}; exit 0; fi
old=$(g rev-parse -q --verify ${UNCOMMITTED_REF} || true)
if [ -n "$old" ] && [ "$(g rev-parse "$old^{tree}")" = "$tree" ] && [ "$(g rev-parse -q --verify "$old^" || true)" = "$head" ]; then exit 0; fi
commit=$(g commit-tree -m 'Uncommitted work' \${head:+-p "$head"} "$tree")
g update-ref ${UNCOMMITTED_REF} "$commit"
`;

/**
 * A command that makes a commit of the work tree without touching the agent's index or branches. It obeys what the
 * sandbox wrote, so it is only to be run in a container without network that has git, as the sandbox's user, with the
 * workspace mounted at this path. Running it twice changes nothing.
 */
export function snapshotCommand(workspace: string): readonly string[] {
  return ["sh", "-c", SCRIPT, "sh", workspace];
}

/** A command that serves the workspace's repository on its standard streams; to be run in the same kind of container. */
export function uploadPackCommand(workspace: string): readonly string[] {
  return [
    "git",
    "-c",
    "safe.directory=*",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "upload-pack",
    "--strict",
    `${workspace}/.git`,
  ];
}
