/** Code points that some file systems do not see: `.g\u200cit` is `.git` there. */
const INVISIBLE = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Why a path must not be brought to the host; null when it is harmless. On the host's file system a name may stand for
 * another one: case, invisible characters, trailing dots and spaces, streams and short names are all seen through.
 */
export function unsafeName(path: string): string | null {
  if (path.startsWith("/")) return "it is absolute";
  for (const part of path.split(/[/\\]/)) {
    if (part === "" || part === "." || part === "..") return "it walks through the tree";
    const plain = plainName(part);
    if (plain === ".git" || /^git~\d+$/.test(plain)) return "it would reach into .git";
  }
  const last = plainName(path.slice(path.lastIndexOf("/") + 1));
  if (last === ".gitmodules" || /^gitmod~\d+$/.test(last)) return "submodules may not be changed from a sandbox";
  return null;
}

/** The name as the most forgiving file system reads it. */
function plainName(part: string): string {
  const stream = part.indexOf(":");
  return (stream > 0 ? part.slice(0, stream) : part)
    .replace(INVISIBLE, "")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[. ]+$/, "");
}
