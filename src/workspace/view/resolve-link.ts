/** Where a symlink of the workspace leads when every link on the way is followed. */
export type LinkEnd =
  | { readonly kind: "inside"; readonly path: string }
  | { readonly kind: "outside" }
  /** Links that lead to each other, or too many in a row. */
  | { readonly kind: "nowhere" };

const MAX_LINKS = 40;

/**
 * Follows a link by the workspace's own links, as the kernel would. Paths are relative to the root; an absolute target
 * counts as inside when it lies below `root`, since the workspace has the same path in the sandbox.
 */
export function resolveLink(root: string, links: ReadonlyMap<string, string>, path: string): LinkEnd {
  const pending = path.split("/").toReversed();
  const done: string[] = [];
  let followed = 0;
  while (pending.length > 0) {
    const part = pending.pop() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (done.pop() === undefined) return { kind: "outside" };
      continue;
    }
    const here = [...done, part].join("/");
    const target = links.get(here);
    if (target === undefined) {
      done.push(part);
      continue;
    }
    followed += 1;
    if (followed > MAX_LINKS) return { kind: "nowhere" };
    if (target.startsWith("/")) {
      const below = target === root ? "" : target.startsWith(`${root}/`) ? target.slice(root.length + 1) : null;
      if (below === null) return { kind: "outside" };
      done.length = 0;
      pending.push(...below.split("/").toReversed());
    } else pending.push(...target.split("/").toReversed());
  }
  return { kind: "inside", path: done.join("/") };
}
