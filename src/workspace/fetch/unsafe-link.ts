/**
 * Why a symlink must not be brought to the host; null when it stays inside. The target climbs first and then only
 * descends, so it stays inside whatever the folders on its way are, links or not.
 */
export function unsafeLink(path: string, target: string): string | null {
  if (target === "") return "its target is empty";
  if (target.startsWith("/") || /^[A-Za-z]:/.test(target) || target.includes("\\"))
    return `it is an absolute link or none that every system reads alike: ${target}`;
  let depth = path.split("/").length - 1;
  let descended = false;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") descended = true;
    else if (descended) return `it descends and climbs again: ${target}`;
    else depth -= 1;
    if (depth < 0) return `it leads out of the repository: ${target}`;
    if (/^\.git[. ]*$/i.test(part)) return `it leads into .git: ${target}`;
  }
  return null;
}
