import { lstatSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveView } from "../model/inputs.ts";
import type { IgnoreMatcher } from "../workspace/ignore/matcher.ts";
import { findHidden } from "../workspace/live/find-hidden.ts";
import type { LiveEvent } from "../workspace/live/watch-live.ts";

export type Guarded = Pick<LiveView, "root" | "shadows" | "mountPoints" | "repositories">;

const LOOK_MS = 500;
const WALK_MS = 10_000;

/**
 * A path that is not what was decided to mount: whoever put a link in the place of a folder since then would have the
 * engine mount where it leads to. All folders above each path are among the paths. Null = all is as it was.
 */
export function misplaced({ root, shadows, mountPoints, repositories }: Guarded): string | null {
  const folders = mountPoints.map((path) => ({ path, kind: "folder" as const }));
  const found = [...folders, ...shadows, ...repositories].find(({ path, kind }) => {
    const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (stats === undefined || stats.isSymbolicLink()) return true;
    return stats.isDirectory() !== (kind === "folder");
  });
  return found?.path ?? null;
}

/**
 * What the kernel did not tell: its queue is finite, who writes fast fills it, and what does not fit is dropped without a
 * word. Looks at the covered paths often, at the whole tree now and then. Resolves at the first find; null = ended.
 */
export async function untilMissed(
  guarded: Guarded,
  matcher: IgnoreMatcher,
  maxFolders: number,
  signal: AbortSignal,
): Promise<LiveEvent | null> {
  const before = identities(guarded);
  let walkAt = performance.now() + WALK_MS;
  while (!signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return null;
    const after = identities(guarded);
    const lost = [...before].find(([path, identity]) => after.get(path) !== identity);
    if (lost !== undefined) return { kind: "lost-shadow", path: lost[0] };
    if (performance.now() < walkAt) continue;
    const began = performance.now();
    const found = await uncovered(guarded, matcher, maxFolders, signal);
    if (found !== null) return { kind: "new-match", path: found };
    // A large tree is not walked all the time.
    walkAt = performance.now() + Math.max(WALK_MS, 20 * (performance.now() - began));
  }
  return null;
}

async function uncovered(
  { root, shadows }: Guarded,
  matcher: IgnoreMatcher,
  maxFolders: number,
  signal: AbortSignal,
): Promise<string | null> {
  const covered = new Set(shadows.map(({ path }) => path));
  const { hidden } = await findHidden(root, "", matcher, maxFolders, signal);
  const isCovered = (path: string): boolean =>
    path.split("/").some((_, at, parts) => covered.has(parts.slice(0, at + 1).join("/")));
  return hidden.find(({ path }) => !isCovered(path))?.path ?? null;
}

// Which file a path stands for. Inode numbers come again, so the time of birth belongs to it.
function identities({ root, shadows, mountPoints, repositories }: Guarded): ReadonlyMap<string, string | null> {
  const paths = [...shadows, ...repositories].map(({ path }) => path);
  return new Map(
    [...paths, ...mountPoints].map((path) => {
      const stats = lstatSync(join(root, path), { throwIfNoEntry: false, bigint: true });
      return [path, stats === undefined ? null : `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`];
    }),
  );
}
