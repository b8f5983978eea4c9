import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../graph/digest.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { nullTerminated } from "../git/null-terminated.ts";
import { pathText, rawPath } from "../git/raw-path.ts";
import { ended, startGit } from "../git/run-git.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { IgnoreMatcher } from "../ignore/matcher.ts";

/** Commits under which no path was ever hidden, and one hidden path for those where one was. */
interface Known {
  readonly clean: readonly string[];
  readonly hiding: Readonly<Record<string, string>>;
}

const KEPT = 50;

/**
 * Some path that was in the tree of the commit or any ancestor and that the rules hide; null when there never was one.
 * The answer holds for ever for a commit and a set of rules, so it is kept in the user's cache folder by commit id: a later
 * commit costs only what is new since. Nothing is kept in the repository, which may be read-only or another's.
 */
export async function hiddenInHistory(
  question: {
    readonly host: Host;
    readonly place: GitPlace;
    readonly commit: string;
    readonly matcher: IgnoreMatcher;
    readonly rules: Digest;
    readonly shallow: string;
  },
  signal: AbortSignal,
): Promise<string | null> {
  const folder = join(question.host.cacheFolder, "workspace", "history");
  const file = join(
    folder,
    `${createHash("sha256").update(`1 ${question.rules} ${question.shallow}`).digest("hex")}.json`,
  );
  const known = await readKnown(file);
  const remembered = known.hiding[question.commit];
  if (remembered !== undefined) return remembered;
  if (known.clean.includes(question.commit)) return null;
  const found = await search(question, known.clean, signal);
  const next: Known =
    found === null
      ? { ...known, clean: [question.commit, ...known.clean].slice(0, KEPT) }
      : {
          ...known,
          hiding: Object.fromEntries([[question.commit, found], ...Object.entries(known.hiding)].slice(0, KEPT)),
        };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const suffix = randomUUID();
  await writeFile(`${file}.${suffix}`, JSON.stringify(next));
  await rename(`${file}.${suffix}`, file);
  return found;
}

async function readKnown(file: string): Promise<Known> {
  try {
    const read: unknown = JSON.parse(await readFile(file, "utf8"));
    // Written by this file alone, into a folder of the user alone.
    return read as Known;
  } catch {
    return { clean: [], hiding: {} };
  }
}

/** Walks every path that any commit touched. Merges by combined diff: what only a merge brought is in there too. */
async function search(
  {
    host,
    place,
    commit,
    matcher,
  }: { readonly host: Host; readonly place: GitPlace; readonly commit: string; readonly matcher: IgnoreMatcher },
  clean: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const call = {
    host,
    place,
    args: [
      "log",
      "--ignore-missing",
      "--stdin",
      "--format=",
      "--root",
      "-c",
      "--name-only",
      "-z",
      "--no-renames",
      "--no-show-signature",
      "--no-ext-diff",
      "--no-textconv",
    ],
    doing: "read the names in the history",
  };
  const child = startGit(call, signal);
  const end = ended(child, call);
  child.stdin.on("error", () => undefined);
  child.stdin.end(`${commit}\n${clean.map((each) => `^${each}\n`).join("")}`);
  child.stderr.resume();
  const seen = new Set<string>();
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const piece = Buffer.concat([rest, chunk]);
      const complete = piece.lastIndexOf(0) + 1;
      rest = piece.subarray(complete);
      for (const record of nullTerminated(piece.subarray(0, complete))) {
        const path = rawPath(record);
        if (path === "" || seen.has(path)) continue;
        seen.add(path);
        // git puts a line end before the first name of a merge; a name may also begin with one.
        const hidden = [path, path.replace(/^\n/, "")].find(
          (each) => matcher.hides(pathText(rawPath(Buffer.from(each, "latin1"))), false).kind === "hidden",
        );
        if (hidden !== undefined) return hidden;
      }
    }
    const code = await end;
    signal.throwIfAborted();
    if (code !== 0)
      throw new CoopError("GIT_FAILED", "git could not read the names in the history.", {
        mend: "Check the repository with `git fsck`.",
      });
    return null;
  } finally {
    child.kill();
  }
}
