import { lstat, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";

/** Where a work tree's repository lies. */
export interface Repository {
  /** The work tree, symlinks resolved. */
  readonly root: string;
  /** What belongs to this work tree alone: HEAD and the index. */
  readonly gitDir: string;
  /** What all work trees share: objects and refs. */
  readonly commonDir: string;
}

/**
 * The repository whose work tree is exactly this folder; null when there is none. A `.git` that points elsewhere must be
 * pointed back at: a folder that came from a stranger must not borrow another repository of the user.
 */
export async function openRepository(folder: string): Promise<Repository | null> {
  const root = await realpath(folder);
  const dotGit = join(root, ".git");
  const stats = await lstat(dotGit).catch(() => null);
  if (stats === null) return null;
  if (stats.isDirectory()) {
    if ((await readText(join(dotGit, "commondir"))) !== null)
      throw borrowed(dotGit, "it says that its objects lie elsewhere");
    return (await isGitDir(dotGit)) ? { root, gitDir: dotGit, commonDir: dotGit } : null;
  }
  if (!stats.isFile()) throw borrowed(dotGit, "it is neither a folder nor a file");
  return openLinked(root, dotGit);
}

/** `.git` is a file: a linked work tree, a submodule, or a repository kept apart. */
async function openLinked(root: string, dotGit: string): Promise<Repository> {
  const target = /^gitdir: (.*)$/s.exec((await readText(dotGit)) ?? "")?.[1];
  if (target === undefined) throw borrowed(dotGit, "it is not a file that git wrote");
  const gitDir = await realpath(resolve(root, target)).catch(() => null);
  if (gitDir === null) throw borrowed(dotGit, "what it points at is not there");
  const common = await readText(join(gitDir, "commondir"));
  if (common !== null) {
    const commonDir = await realpath(resolve(gitDir, common));
    const back = await readText(join(gitDir, "gitdir"));
    const pointsBack = back !== null && (await realpath(back).catch(() => null)) === dotGit;
    if (!pointsBack || dirname(gitDir) !== join(commonDir, "worktrees"))
      throw borrowed(dotGit, "that repository does not know this work tree");
    return { root, gitDir, commonDir };
  }
  const workTree = /^\s*worktree\s*=\s*"?(.*?)"?\s*$/m.exec((await readText(join(gitDir, "config"))) ?? "")?.[1];
  const named = workTree === undefined ? null : await realpath(resolve(gitDir, workTree)).catch(() => null);
  if (named !== root) throw borrowed(dotGit, "that repository does not name this folder as its work tree");
  return { root, gitDir, commonDir: gitDir };
}

async function isGitDir(path: string): Promise<boolean> {
  const parts = await Promise.all(["HEAD", "objects"].map((name) => stat(join(path, name)).catch(() => null)));
  if (parts.includes(null)) return false;
  for (const name of ["HEAD", "objects", "objects/pack", "refs", "refs/heads", "packed-refs", "index", "shallow"]) {
    const target = await realpath(join(path, name)).catch(() => null);
    if (target !== null && !target.startsWith(`${path}${sep}`))
      throw borrowed(path, `its ${name} is a link to somewhere else`);
  }
  return true;
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, "utf8").then(
    (text) => text.replace(/\r?\n$/, ""),
    () => null,
  );
}

function borrowed(dotGit: string, why: string): CoopError {
  return new CoopError("GIT_FAILED", `\`${dotGit}\` cannot be trusted: ${why}.`, {
    mend: `Run \`git worktree repair\`, or set core.worktree in the repository that \`${dotGit}\` points at.`,
  });
}
