import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { withStat } from "./index-stat.ts";
import type { TarStream } from "./tar-stream.ts";
import { fileTime } from "./view.ts";
import type { View } from "./view.ts";
import { inPieces } from "./work-tree-files.ts";
import type { CopiedFiles } from "./work-tree-files.ts";

/** The view's `.git`: no hooks, no remotes, no settings of the user, nothing shared with the host's. */
export async function* gitFolder(
  view: View,
  tar: TarStream,
  packs: readonly string[],
  copied: CopiedFiles,
): AsyncGenerator<Buffer> {
  const { indexFile, objectFormat, shallow } = view.repository;
  const time = fileTime(view);
  // git distrusts files that are not older than the index that lists them.
  const later = time + 2;
  const options = { mode: 0o644, time: later };
  for (const folder of [
    ".git/branches",
    ".git/hooks",
    ".git/info",
    ".git/objects/info",
    ".git/objects/pack",
    ".git/refs/heads",
    ".git/refs/tags",
  ])
    tar.folder(folder, later);
  tar.file(".git/HEAD", Buffer.from(`ref: refs/heads/${view.branch}\n`), options);
  tar.file(".git/config", Buffer.from(configText(objectFormat)), options);
  const refs = [
    ...(view.head === null ? [] : [{ ref: `refs/heads/${view.branch}`, oid: view.head }]),
    ...view.repository.tags,
  ];
  if (refs.length > 0) {
    const lines = refs.toSorted((a, b) => (a.ref < b.ref ? -1 : 1)).map(({ ref, oid }) => `${oid} ${ref}\n`);
    tar.file(".git/packed-refs", Buffer.from(`# pack-refs with: sorted \n${lines.join("")}`), options);
  }
  if (shallow !== "") tar.file(".git/shallow", Buffer.from(shallow), options);
  for (const path of packs) {
    const { size } = await stat(path);
    const pieces: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1024 * 1024 });
    yield* inPieces(tar, `.git/objects/pack/${basename(path)}`, size, pieces, { mode: 0o444, time: later });
  }
  if (indexFile !== null)
    tar.file(".git/index", withStat(await readFile(indexFile), copied.sizes, time, objectFormat), options);
}

/** `checkStat` and `trustctime`: the files are the index's although their inodes and change times are new. */
function configText(objectFormat: "sha1" | "sha256"): string {
  const sha256 = objectFormat === "sha256";
  return `[core]
\trepositoryformatversion = ${sha256 ? 1 : 0}
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
\tcheckStat = minimal
\ttrustctime = false
${sha256 ? "[extensions]\n\tobjectformat = sha256\n" : ""}`;
}
