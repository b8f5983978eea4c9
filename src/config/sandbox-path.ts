/** Folders that the engine, the kernel or coop itself fills. */
const TAKEN = ["/proc", "/sys", "/dev", "/run/coop", "/etc"];

/** Why nothing can be mounted at a path of a sandbox; null where it can. */
export function sandboxPathProblem(path: string): string | null {
  const place = path.startsWith("~/") ? path.slice(1) : path;
  if (!place.startsWith("/")) return "it is not absolute";
  if (/[\u0000-\u001f\u007f]/u.test(place)) return "it has a control character";
  const segments = place.split("/").slice(1);
  if (segments.some((segment) => segment === "." || segment === "..")) return "it has a dot segment";
  if (segments.slice(0, -1).includes("")) return "it has an empty segment";
  if (place === "/") return "it would cover the whole file system";
  const taken = path.startsWith("~/")
    ? undefined
    : TAKEN.find((each) => place === each || place.startsWith(`${each}/`));
  return taken === undefined ? null : `\`${taken}\` is filled by the system`;
}
