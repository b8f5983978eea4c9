import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runGit } from "../git/run-git.ts";
import type { View } from "./view.ts";

/** Packs everything that the view's repository holds and returns the files' paths. Deltas that exist are reused, none are sought. */
export async function packView(view: View, signal: AbortSignal): Promise<readonly string[]> {
  const { repository } = view;
  const wanted = [
    ...(view.head === null ? [] : [view.head]),
    ...repository.staged,
    ...repository.tags.map(({ oid }) => oid),
  ];
  if (wanted.length === 0) return [];
  const folder = join(repository.folder, "pack");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const config = { ...repository.place.config, "pack.compression": "1", "pack.writeReverseIndex": "false" };
  const args = ["pack-objects", "--revs", "--delta-base-offset", "--window=0", "-q", join(folder, "pack")];
  await runGit(
    {
      host: repository.host,
      place: { ...repository.place, config },
      args,
      input: wanted.map((oid) => `${oid}\n`).join(""),
      doing: "pack the view",
    },
    signal,
  );
  return (await readdir(folder)).toSorted().map((name) => join(folder, name));
}
