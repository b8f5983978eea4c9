// Folders that belong to an image: a mount below them would need the image's own folders to be passable or would cover them.
const IMAGE_OWNED = ["bin", "boot", "dev", "etc", "lib", "lib64", "proc", "root", "run", "sbin", "sys", "usr", "var"];

/** Where the repository goes in a sandbox when its own path cannot be had. */
export const FALLBACK_WORKSPACE = "/workspace";

/** The path of the workspace inside: the host's own where an image leaves it free, as coop-yaml.md says. */
export function workspacePath(wanted: string, root: string): string {
  if (wanted !== "same") return wanted;
  const top = root.split("/")[1] ?? "";
  return top === "" || IMAGE_OWNED.includes(top) || !root.startsWith("/") ? FALLBACK_WORKSPACE : root;
}
