import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { quoted } from "../git/clean-environment.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { temporaryFolder } from "../git/temporary-folder.ts";
import type { Repository } from "../git/repository.ts";
import { rawPath } from "../git/raw-path.ts";
import { runGit, tryGit } from "../git/run-git.ts";
import { filteredCommit } from "../view/filtered-commit.ts";
import type { ViewOrigin } from "../view/view-origin.ts";

/** A bare repository of our own in which what a sandbox sends is looked at. It reads the host's objects, and only reads. */
export interface Quarantine {
  readonly folder: string;
  readonly place: GitPlace;
  readonly objectFormat: "sha1" | "sha256";
  /** Where the view began, as a commit of this repository; null when there was none. */
  readonly base: string | null;
  readonly dispose: () => Promise<void>;
}

export async function openQuarantine(
  host: Host,
  repository: Repository,
  origin: ViewOrigin,
  signal: AbortSignal,
): Promise<Quarantine> {
  const folder = await temporaryFolder(host, "work");
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const gitDir = join(folder, "work.git");
    for (const name of ["objects/info", "objects/pack", "refs/heads", "info"])
      await mkdir(join(gitDir, name), { recursive: true });
    const sha256 = origin.head?.length === 64 || origin.commit?.length === 64;
    await writeFile(
      join(gitDir, "config"),
      `[core]\n\tbare = true\n\trepositoryformatversion = ${sha256 ? 1 : 0}\n${sha256 ? "[extensions]\n\tobjectformat = sha256\n" : ""}`,
    );
    await writeFile(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
    await writeFile(join(gitDir, "objects/info/alternates"), `${quoted(join(repository.commonDir, "objects"))}\n`);
    await copyFile(join(repository.commonDir, "shallow"), join(gitDir, "shallow")).catch(() => undefined);
    const config = {
      "transfer.fsckObjects": "true",
      "fetch.fsckObjects": "true",
      "fetch.unpackLimit": "1",
      "core.hooksPath": "/dev/null",
    };
    const place = { gitDir, config };
    return {
      folder,
      place,
      objectFormat: sha256 ? "sha256" : "sha1",
      base: await baseOf(host, place, origin, signal),
      dispose,
    };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}

/** What came over the wire, and nothing that was here before. */
export async function receivedObjects(
  host: Host,
  { place, objectFormat }: Quarantine,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const received = new Set<string>();
  const packs = join(place.gitDir, "objects/pack");
  for (const name of (await readdir(packs)).filter((each) => each.endsWith(".idx"))) {
    const index = await readFile(join(packs, name));
    const listed = await runGit(
      { host, place, args: ["show-index", `--object-format=${objectFormat}`], input: index, doing: "list what came" },
      signal,
    );
    for (const line of listed.toString("latin1").split("\n")) received.add(line.split(" ", 2)[1] ?? "");
  }
  return received;
}

async function baseOf(host: Host, place: GitPlace, origin: ViewOrigin, signal: AbortSignal): Promise<string | null> {
  if (origin.commit === null) return null;
  const { exitCode } = await tryGit(
    { host, place, args: ["cat-file", "-e", `${origin.commit}^{commit}`], doing: "look up the commit" },
    signal,
  );
  if (exitCode !== 0) {
    throw new CoopError(
      "NOT_FOUND",
      `The workspace was made of commit ${origin.commit}, and the repository does not hold it any more.`,
      {
        mend: `Bring it back with \`git fetch\` from where it came, or read the sandbox's repository with \`coop shell\`.`,
      },
    );
  }
  const base =
    origin.kind !== "filtered"
      ? origin.commit
      : await filteredCommit(
          {
            host,
            place,
            commit: origin.commit,
            time: origin.time,
            removed: origin.hiddenPaths.map((path) => rawPath(Buffer.from(path, "latin1"))),
          },
          signal,
        );
  if (base !== origin.head)
    throw new CoopError(
      "GIT_FAILED",
      "The commit that the workspace began with cannot be made again; what is remembered of the view was changed.",
    );
  await runGit({ host, place, args: ["update-ref", "refs/base", base], doing: "mark the start of the work" }, signal);
  return base;
}
