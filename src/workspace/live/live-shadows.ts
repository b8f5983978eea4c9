/** Something in a live tree that the sandbox must not see, as it stands on the disk. Paths are relative to the root. */
export interface HiddenThing {
  readonly path: string;
  readonly kind: "file" | "folder";
}

/** How a live tree is mounted so that what is hidden stays hidden as long as nobody on the host replaces it. */
export interface LiveShadows {
  /** Covered by an empty file or an empty folder, read-only. */
  readonly shadows: readonly HiddenThing[];
  /**
   * Folders above a shadow: each is mounted on itself, parents first, so that nobody in the sandbox can rename a folder
   * and with it pull the covered file out from under its cover.
   */
  readonly mountPoints: readonly string[];
  /** Repositories: wholly read-only, or covered. A sandbox that can write one runs programs on the host. */
  readonly repositories: readonly HiddenThing[];
}

/** What to mount, parents first. A thing below a covered folder needs no cover of its own. */
export function liveShadows(hidden: readonly HiddenThing[], repositories: readonly HiddenThing[]): LiveShadows {
  const sorted = hidden.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const folders = new Set(sorted.flatMap(({ path, kind }) => (kind === "folder" ? [path] : [])));
  const covered = (path: string): boolean => foldersAbove(path).some((folder) => folders.has(folder));
  const shadows = sorted.filter(({ path }) => !covered(path));
  const open = repositories.filter(({ path }) => !folders.has(path) && !covered(path));
  const mountPoints = new Set([...shadows, ...open].flatMap(({ path }) => foldersAbove(path)));
  return {
    shadows,
    mountPoints: [...mountPoints].toSorted(),
    repositories: open.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** `a/b/c` lies below `a` and `a/b`; the root is a mount already. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}
