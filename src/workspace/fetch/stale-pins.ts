import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../git/host.ts";
import { openRepository } from "../git/repository.ts";
import { runGit } from "../git/run-git.ts";

/** What a repository remembers of a workspace: the commit that it was made of, kept by a ref, and the file beside it. */
export interface Remembered {
  readonly kind: "ref" | "file";
  /** The ref's full name, or the file's path. */
  readonly name: string;
  readonly project: string;
  /** Of a ref: `coder`, `nightly.3`; of a file: the volume's name. */
  readonly of: string;
}

const PIN = /^refs\/coop\/([^/]+)\/([^/]+)\/base$/;

/** All that a repository remembers of workspaces, of every project that ever had its name; nothing where there is none. */
export async function rememberedOf(host: Host, root: string, signal: AbortSignal): Promise<readonly Remembered[]> {
  const repository = await openRepository(root);
  if (repository === null) return [];
  const listed = await runGit(
    {
      host,
      place: { gitDir: repository.commonDir },
      args: ["for-each-ref", "--format=%(refname)", "refs/coop/"],
      doing: "list what is kept of workspaces",
    },
    signal,
  );
  const refs = listed
    .toString("utf8")
    .split("\n")
    .flatMap((name): readonly Remembered[] => {
      const [, project, of] = PIN.exec(name) ?? [];
      return project === undefined || of === undefined ? [] : [{ kind: "ref", name, project, of }];
    });
  return [...refs, ...(await viewFiles(join(repository.commonDir, "coop", "views")))];
}

/** Lets go of one of them; what it names can be collected by git from then on. */
export async function forgetRef(host: Host, root: string, ref: string, signal: AbortSignal): Promise<void> {
  const repository = await openRepository(root);
  if (repository === null) return;
  const args = ["update-ref", "-d", ref];
  await runGit({ host, place: { gitDir: repository.commonDir }, args, doing: `let go of ${ref}` }, signal);
}

async function viewFiles(folder: string): Promise<readonly Remembered[]> {
  const projects = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    projects.map(async (project) => {
      const names = await readdir(join(folder, project)).catch(() => []);
      return names.flatMap((name): readonly Remembered[] =>
        name.endsWith(".json")
          ? [{ kind: "file", name: join(folder, project, name), project: plain(project), of: plain(name.slice(0, -5)) }]
          : [],
      );
    }),
  );
  return files.flat();
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
