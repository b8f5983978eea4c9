import type { GitPlace } from "./clean-environment.ts";
import type { Host } from "./host.ts";
import { nullTerminated } from "./null-terminated.ts";
import { rawPath } from "./raw-path.ts";
import type { RawPath } from "./raw-path.ts";
import { runGit } from "./run-git.ts";

const SKIPPED = 0x53;

/** Tracked paths that a sparse checkout keeps out of the work tree. */
export async function sparseAbsent(host: Host, place: GitPlace, signal: AbortSignal): Promise<ReadonlySet<RawPath>> {
  const output = await runGit(
    { host, place, args: ["ls-files", "-t", "-z"], doing: "read the sparse checkout" },
    signal,
  );
  const absent = new Set<RawPath>();
  for (const record of nullTerminated(output)) if (record[0] === SKIPPED) absent.add(rawPath(record.subarray(2)));
  return absent;
}
