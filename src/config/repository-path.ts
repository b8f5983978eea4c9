import { posix } from "node:path";

/** Why a path can be none of the repository, judged by its text alone. */
export type PathProblem = "absolute" | "outside" | "home" | "backslash" | "url";

/** What is wrong with a path that must lie in the repository; null where its text is fine. */
export function pathProblem(written: string): PathProblem | null {
  if (/^[a-z][a-z0-9+.-]+:\/\//iu.test(written)) return "url";
  if (written.includes("\\")) return "backslash";
  if (written.startsWith("/") || /^[a-z]:/iu.test(written)) return "absolute";
  if (written.startsWith("~")) return "home";
  const path = posix.normalize(written);
  return path === ".." || path.startsWith("../") ? "outside" : null;
}

/** The one spelling of a path: no `./`, no `//`, no `..` inside. */
export function repositoryPath(written: string): string {
  return posix.normalize(written).replace(/(?<=.)\/$/u, "");
}
