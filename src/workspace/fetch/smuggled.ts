import type { Host } from "../git/host.ts";
import { runGit } from "../git/run-git.ts";
import type { Quarantine } from "./quarantine.ts";

/**
 * An object that the new commits refer to and that neither came from the sandbox nor belongs to the commits that it
 * holds for certain; null when there is none. The quarantine reads the host's objects, so a commit that merely *names* a hidden file's object would
 * otherwise be complete, and carry the hidden content to a visible path.
 */
export async function smuggledObject(
  host: Host,
  { place }: Quarantine,
  tip: string,
  known: { readonly received: ReadonlySet<string>; readonly held: readonly string[] },
  signal: AbortSignal,
): Promise<string | null> {
  const follow = async (commits: readonly string[]): Promise<readonly string[]> => {
    const args = ["rev-list", "--objects", "--no-object-names", ...commits, "--"];
    const output = await runGit({ host, place, args, doing: "follow what came" }, signal);
    return output
      .toString("latin1")
      .split("\n")
      .filter((line) => line !== "");
  };
  const missing = (await follow([tip, ...known.held.map((oid) => `^${oid}`)])).filter(
    (oid) => !known.received.has(oid),
  );
  if (missing.length === 0 || known.held.length === 0) return missing[0] ?? null;
  const held = new Set(await follow(known.held));
  return missing.find((oid) => !held.has(oid)) ?? null;
}
