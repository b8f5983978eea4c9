import { glob, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { TaskFile } from "../model/inputs.ts";

/** The task files of a fleet, sorted by path, each with a DNS name of its own made from the file's name. */
export async function taskFiles(root: string, pattern: string): Promise<readonly TaskFile[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: root })) paths.push(path);
  const slugs = new Set<string>();
  const files: TaskFile[] = [];
  for (const path of paths.toSorted()) {
    const slug = distinct(slugOf(path), slugs);
    slugs.add(slug);
    files.push({ path, slug, text: await readFile(join(root, path), "utf8") });
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
