import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "./host.ts";

const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** A new folder in the cache, for one piece of work. Those of a coop that was killed are gone a day later. */
export async function temporaryFolder({ cacheFolder }: Host, kind: "view" | "work"): Promise<string> {
  const above = join(cacheFolder, "workspace", "tmp");
  await mkdir(above, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(above, `${kind}-`));
  const { mtimeMs } = await stat(folder);
  for (const name of await readdir(above)) {
    const other = await stat(join(above, name)).catch(() => null);
    if (other !== null && mtimeMs - other.mtimeMs > ABANDONED_MS)
      await rm(join(above, name), { recursive: true, force: true });
  }
  return folder;
}
