import type { HiddenBy, IgnoreMatcher } from "../ignore/matcher.ts";
import { pathText } from "../git/raw-path.ts";
import type { RawPath } from "../git/raw-path.ts";
import { resolveLink } from "./resolve-link.ts";

/** Something that could be shipped: a file, a link with its target, or a submodule. */
export type Candidate =
  | { readonly kind: "file"; readonly path: RawPath; readonly executable: boolean; readonly from: FileSource }
  | { readonly kind: "link"; readonly path: RawPath; readonly target: RawPath; readonly from: FileSource }
  | { readonly kind: "submodule"; readonly path: RawPath };

/** Where the bytes are taken from. */
export type FileSource =
  /** An object of the repository: what the view's index holds too. */
  | { readonly kind: "object"; readonly oid: string }
  /** The host's work tree, because it differs from the index or only it has the file. */
  | { readonly kind: "host" };

export interface HiddenPath {
  readonly path: RawPath;
  readonly by: HiddenBy;
}

/** Something that is not shipped although no pattern hides it. */
export interface LeftOut {
  readonly path: RawPath;
  readonly reason: "link-outside" | "link-to-hidden" | "submodule" | "nested-repository" | "unsafe-name" | "not-a-file";
}

export interface Selection {
  readonly shipped: readonly Candidate[];
  readonly hidden: readonly HiddenPath[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * What the rules let through. A hidden name hides what it links to as well, and a link to something hidden is left out,
 * as is one that leads out of the workspace.
 */
export function selectFiles(root: string, candidates: readonly Candidate[], matcher: IgnoreMatcher): Selection {
  const links = new Map<string, string>(
    candidates.flatMap((each) => (each.kind === "link" ? [[each.path, each.target]] : [])),
  );
  const behindHidden = new Map<string, HiddenBy>();
  for (const each of candidates) {
    const verdict = each.kind === "link" ? matcher.hides(pathText(each.path), false) : null;
    const end = verdict?.kind === "hidden" ? resolveLink(root, links, each.path) : null;
    if (verdict?.kind === "hidden" && end?.kind === "inside" && end.path !== "") behindHidden.set(end.path, verdict.by);
  }

  const hiddenBy = (path: RawPath): HiddenBy | null => {
    const verdict = matcher.hides(pathText(path), false);
    if (verdict.kind === "hidden") return verdict.by;
    if (behindHidden.size === 0) return null;
    for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) {
      const by = behindHidden.get(path.slice(0, at));
      if (by !== undefined) return by;
    }
    return null;
  };

  const shipped: Candidate[] = [];
  const hidden: HiddenPath[] = [];
  const leftOut: LeftOut[] = [];
  for (const each of candidates) {
    const by = hiddenBy(each.path);
    if (by !== null) hidden.push({ path: each.path, by });
    else if (isUnsafe(each.path)) leftOut.push({ path: each.path, reason: "unsafe-name" });
    else {
      if (each.kind === "submodule") leftOut.push({ path: each.path, reason: "submodule" });
      const reason = each.kind === "link" ? badLink(root, links, each.path, hiddenBy) : null;
      if (reason === null) shipped.push(each);
      else leftOut.push({ path: each.path, reason });
    }
  }
  return { shipped, hidden, leftOut };
}

function badLink(
  root: string,
  links: ReadonlyMap<string, string>,
  path: RawPath,
  hiddenBy: (path: RawPath) => HiddenBy | null,
): LeftOut["reason"] | null {
  const end = resolveLink(root, links, path);
  if (end.kind === "outside") return "link-outside";
  // What resolveLink returns is made of the bytes of raw paths.
  return end.kind === "inside" && end.path !== "" && hiddenBy(end.path as RawPath) !== null ? "link-to-hidden" : null;
}

/** A name that would reach into the view's own `.git`, or out of it; git refuses to make them, a crafted tree may hold them. */
function isUnsafe(path: RawPath): boolean {
  return path.split("/").some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git");
}
