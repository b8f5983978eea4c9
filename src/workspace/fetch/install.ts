import { chmod, chown, copyFile, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../git/host.ts";
import type { Repository } from "../git/repository.ts";
import { runGit } from "../git/run-git.ts";
import type { Quarantine } from "./quarantine.ts";

/** A ref of the host that is to be made or moved. */
export interface RefUpdate {
  readonly ref: string;
  readonly oid: string;
  /** What it is now; null when it is not there. */
  readonly before: string | null;
}

/**
 * Moves what was looked at into the host's repository and points refs at it: all of them, or none. The work tree, the
 * index and the branches are not touched, and no hook of the repository runs.
 */
export async function install(
  host: Host,
  repository: Repository,
  quarantine: Quarantine,
  updates: readonly RefUpdate[],
  known: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (updates.length === 0) return;
  const folder = join(quarantine.folder, "pack");
  await mkdir(folder, { recursive: true });
  const input = [...updates.map(({ oid }) => oid), ...known.map((oid) => `^${oid}`)]
    .map((line) => `${line}\n`)
    .join("");
  await runGit(
    {
      host,
      place: quarantine.place,
      args: ["pack-objects", "--revs", "--delta-base-offset", "-q", join(folder, "pack")],
      input,
      doing: "pack the work",
    },
    signal,
  );
  await placePacks(folder, join(repository.commonDir, "objects/pack"));
  const zero = "0".repeat(updates[0]?.oid.length ?? 40);
  const lines = updates.map(({ ref, oid, before }) => `update ${ref} ${oid} ${before ?? zero}\n`);
  await runGit(
    {
      host,
      place: { gitDir: repository.commonDir },
      args: ["update-ref", "--create-reflog", "-m", "coop fetch", "--stdin"],
      input: `start\n${lines.join("")}prepare\ncommit\n`,
      doing: "point refs at the work",
    },
    signal,
  );
}

/** The index last: a pack without one is not looked at. */
async function placePacks(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const { uid, gid } = await stat(to);
  const names = (await readdir(from)).toSorted((a, b) => Number(a.endsWith(".idx")) - Number(b.endsWith(".idx")));
  for (const name of names) {
    const temporary = join(to, `tmp_${name}`);
    await copyFile(join(from, name), temporary);
    await chmod(temporary, 0o444);
    // Under sudo the repository stays its owner's; for everybody else this changes nothing.
    await chown(temporary, uid, gid).catch(() => undefined);
    await rename(temporary, join(to, name));
  }
}
