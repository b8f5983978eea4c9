import { glob, stat } from "node:fs/promises";
import { basename, extname, join, sep } from "node:path";
import type { TaskFile } from "../model/inputs.ts";
import { givenText } from "./given-text.ts";
import type { GivenFrom } from "./given-text.ts";

/** The task files of a fleet, sorted by path, each with a DNS name of its own made from the file's name. */
export async function taskFiles(from: GivenFrom, pattern: string): Promise<readonly TaskFile[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: from.folder })) {
    if (path.split(sep).includes(".git")) continue;
    // A glob may match folders and what is no file at all; a broken link is refused with the others.
    const found = await stat(join(from.folder, path)).catch(() => null);
    if (found === null || found.isFile()) paths.push(path);
  }
  const slugs = new Set<string>();
  const files: TaskFile[] = [];
  for (const path of paths.toSorted()) {
    const given = await givenText(from, path, "tasks");
    const slug = distinct(slugOf(path), slugs);
    slugs.add(slug);
    files.push({ ...given, slug });
  }
  return files;
}

function slugOf(path: string): string {
  const name = basename(path, extname(path))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return (name === "" ? "task" : name).slice(0, 40).replace(/-+$/, "");
}

function distinct(slug: string, taken: ReadonlySet<string>): string {
  for (let suffix = 2; ; suffix += 1) {
    const candidate = suffix === 2 ? slug : `${slug}-${suffix - 1}`;
    if (!taken.has(candidate)) return candidate;
  }
}
