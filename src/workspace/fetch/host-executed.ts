/** Files that something on the host runs, or is told by what to run, without anybody opening them. */
const EXECUTED: readonly { readonly by: string; readonly pattern: RegExp }[] = [
  { by: "direnv", pattern: /(^|\/)\.envrc$/i },
  {
    by: "git hooks",
    pattern:
      /(^|\/)(\.githooks|\.husky|\.git-hooks|hooks)\/|(^|\/)(\.pre-commit-config\.ya?ml|lefthook\.ya?ml|\.lefthook\/.*)$/i,
  },
  { by: "git", pattern: /(^|\/)(\.gitattributes|\.gitconfig|\.lfsconfig)$/i },
  {
    by: "the editor",
    pattern:
      /(^|\/)(\.vscode|\.idea|\.zed|\.fleet|\.devcontainer)\/|\.code-workspace$|(^|\/)\.(n?vimrc|nvim\.lua|exrc|dir-locals\.el)$/i,
  },
  { by: "agents", pattern: /(^|\/)(\.claude|\.codex|\.gemini|\.cursor|\.windsurf)\/|(^|\/)\.mcp\.json$/i },
  {
    by: "CI",
    pattern:
      /^(\.github\/(workflows|actions)|\.circleci|\.ci|\.buildkite|\.woodpecker|\.gitea|\.forgejo)\/|(^|\/)(\.gitlab-ci\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|\.travis\.ya?ml|\.drone\.ya?ml|appveyor\.ya?ml|jenkinsfile)$/i,
  },
  {
    by: "the build",
    pattern:
      /(^|\/)(gnu)?makefile$|\.mk$|(^|\/)(justfile|taskfile\.ya?ml|rakefile|build\.rs|setup\.py|conftest\.py|cmakelists\.txt|gradlew|mvnw)$|\.gradle(\.kts)?$/i,
  },
  {
    by: "the shell's tool manager",
    pattern: /(^|\/)(\.mise\.toml|mise\.toml|\.tool-versions|flake\.nix|shell\.nix|devbox\.json)$/i,
  },
  { by: "coop", pattern: /(^|\/)(coop\.ya?ml|\.coopignore)$/i },
];

/** Who on the host would run this file or obey it; null for an ordinary file. */
export function executedBy(path: string): string | null {
  return EXECUTED.find(({ pattern }) => pattern.test(path))?.by ?? null;
}

/** Whether the scripts that `npm` and its kin run differ between two package.json; unreadable counts as different. */
export function scriptsDiffer(before: string, after: string): boolean {
  return scriptsOf(before) !== scriptsOf(after) || scriptsOf(after) === null;
}

function scriptsOf(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { scripts, bin, gypfile } = value as {
      readonly scripts?: unknown;
      readonly bin?: unknown;
      readonly gypfile?: unknown;
    };
    return JSON.stringify([scripts ?? {}, bin ?? null, gypfile ?? null]);
  } catch {
    return null;
  }
}
