import { lstat, readlink } from "node:fs/promises";
import { readObjects } from "../git/cat-file.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import type { TreeEntry } from "../git/list-tree.ts";
import { hostPath, parentOf, rawPath } from "../git/raw-path.ts";
import type { RawPath } from "../git/raw-path.ts";
import type { WorktreeStatus } from "../git/worktree-status.ts";
import type { Candidate, LeftOut } from "./select-files.ts";

export interface Candidates {
  readonly files: readonly Candidate[];
  readonly leftOut: readonly LeftOut[];
}

/** Everything that could be shipped: the tree, what is staged over it, and what the work tree has on top, sorted by path. */
export async function collectCandidates(
  sources: {
    readonly host: Host;
    readonly place: GitPlace;
    readonly root: string;
    readonly tree: readonly TreeEntry[];
    readonly status: WorktreeStatus;
    readonly absent: ReadonlySet<RawPath>;
  },
  signal: AbortSignal,
): Promise<Candidates> {
  const { host, place, root, tree, status, absent } = sources;
  const objects = new Map<RawPath, { readonly mode: string; readonly oid: string }>();
  for (const entry of tree) if (!absent.has(entry.path)) objects.set(entry.path, entry);
  for (const [path, entry] of status.staged) {
    if (entry === null) objects.delete(path);
    else objects.set(path, entry);
  }
  for (const path of status.changed) objects.delete(path);

  const files: Candidate[] = [];
  const leftOut: LeftOut[] = status.nested.map((path) => ({ path, reason: "nested-repository" }));
  const folders = new Map<string, boolean>([["", true]]);
  for (const path of [...status.changed, ...status.untracked]) {
    const found = (await isRealFolder(root, parentOf(path), folders)) ? await onHost(root, path) : "gone";
    if (found === "not-a-file") leftOut.push({ path, reason: "not-a-file" });
    else if (found !== "gone") files.push(found);
  }
  const links = [...objects].filter(([, { mode }]) => mode === "120000");
  const targets = new Map<string, RawPath>();
  const oids = [...new Set(links.map(([, { oid }]) => oid))];
  for await (const object of readObjects({ host, place, doing: `read the symlinks of ${root}` }, oids, signal)) {
    targets.set(object.oid, rawPath(object.content));
  }
  for (const [path, { mode, oid }] of objects) {
    if (mode === "160000") files.push({ kind: "submodule", path });
    else if (mode === "120000")
      files.push({
        kind: "link",
        path,
        target: targets.get(oid) ?? rawPath(Buffer.alloc(0)),
        from: { kind: "object", oid },
      });
    else files.push({ kind: "file", path, executable: mode === "100755", from: { kind: "object", oid } });
  }
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), leftOut };
}

/**
 * Whether a folder and all above it up to the root are folders and not links. A tracked file whose folder became a link
 * is gone: what the link leads to is not the file.
 */
async function isRealFolder(root: string, folder: RawPath, known: Map<string, boolean>): Promise<boolean> {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const stats = (await isRealFolder(root, parentOf(folder), known))
    ? await lstat(hostPath(root, folder)).catch(() => null)
    : null;
  known.set(folder, stats?.isDirectory() === true);
  return stats?.isDirectory() === true;
}

async function onHost(root: string, path: RawPath): Promise<Candidate | "gone" | "not-a-file"> {
  const where = hostPath(root, path);
  const stats = await lstat(where).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return null;
    throw cause;
  });
  if (stats === null) return "gone";
  if (stats.isSymbolicLink())
    return { kind: "link", path, target: rawPath(await readlink(where, "buffer")), from: { kind: "host" } };
  if (!stats.isFile()) return "not-a-file";
  return { kind: "file", path, executable: (stats.mode & 0o100) !== 0, from: { kind: "host" } };
}
