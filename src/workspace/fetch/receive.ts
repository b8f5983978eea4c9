import { spawn } from "node:child_process";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { cleanEnvironment } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { gitLine, printable, runGit } from "../git/run-git.ts";
import type { Quarantine } from "./quarantine.ts";
import { DETACHED_REF, UNCOMMITTED_REF } from "./snapshot-command.ts";

/** A program that speaks git's upload-pack protocol for the sandbox's repository on its standard streams. */
export interface UploadPack {
  readonly command: readonly string[];
  /** Added to the program's environment; git's own settings in there stay ours. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A ref of the sandbox, as it lies in the quarantine. */
export interface ReceivedRef {
  /** `heads/main`, `tags/v1`, `uncommitted` or `detached`. */
  readonly name: string;
  readonly oid: string;
}

const MAX_REFS = 2000;

/** Fetches every branch and tag of the sandbox into the quarantine, each object checked, and lists them. */
export async function receive(
  host: Host,
  quarantine: Quarantine,
  upload: UploadPack,
  maxBytes: number,
  signal: AbortSignal,
): Promise<readonly ReceivedRef[]> {
  const refspecs = ["heads", "tags", "coop"].map((kind) => `+refs/${kind}/*:refs/incoming/${kind}/*`);
  const args = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
    "--force",
    externalUrl(upload.command),
    ...refspecs,
  ];
  await fetchWithLimit(host, quarantine, upload, args, maxBytes, signal);
  const listed = await runGit(
    {
      host,
      place: quarantine.place,
      args: ["for-each-ref", "--format=%(objectname) %(refname)", "refs/incoming"],
      doing: "list what came",
    },
    signal,
  );
  const refs = listed
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [oid, ref] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
      const name = ref.slice("refs/incoming/".length);
      if (oid === "") return [];
      if (`refs/${name}` === UNCOMMITTED_REF) return [{ name: "uncommitted", oid }];
      if (`refs/${name}` === DETACHED_REF) return [{ name: "detached", oid }];
      return name.startsWith("coop/") ? [] : [{ name, oid }];
    });
  if (refs.length > MAX_REFS)
    throw new CoopError(
      "REFUSED_BY_POLICY",
      `The sandbox has ${refs.length} branches and tags; at most ${MAX_REFS} are brought back.`,
      { mend: "Delete those that nobody needs, in the sandbox." },
    );
  // HEAD is worth a ref of its own only when no branch has it.
  return refs.filter(
    ({ name, oid }) =>
      name !== "detached" || !refs.some((other) => other.name.startsWith("heads/") && other.oid === oid),
  );
}

/** git's own form of a URL that is a command. */
function externalUrl(command: readonly string[]): string {
  if (command.length === 0 || command.includes("")) throw new Error("an upload-pack command has no empty words");
  return `ext::${command.map((word) => word.replaceAll("%", "%%").replaceAll(" ", "% ")).join(" ")}`;
}

/** Runs the fetch under a limit of the kernel's for the size of any file it writes. */
async function fetchWithLimit(
  host: Host,
  { place }: Quarantine,
  upload: UploadPack,
  args: readonly string[],
  maxBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const clean = cleanEnvironment(host, {
    ...place,
    config: { ...place.config, "protocol.allow": "never", "protocol.ext.allow": "always" },
  });
  const env = {
    ...upload.environment,
    ...clean,
    ...(upload.environment["HOME"] === undefined ? {} : { HOME: upload.environment["HOME"] }),
    GIT_ALLOW_PROTOCOL: "ext",
  };
  const script = 'ulimit -f "$1"; shift; exec git --no-pager "$@"';
  const child = spawn("sh", ["-c", script, "sh", String(Math.ceil(maxBytes / 512)), ...args], {
    cwd: "/",
    env,
    stdio: ["ignore", "ignore", "pipe"],
    signal,
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < 10_000) stderr += chunk.toString("utf8");
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => (signal.aborted ? resolve(null) : reject(cause)));
    child.once("close", resolve);
  });
  signal.throwIfAborted();
  if (exitCode === 0) return;
  const said = printable(stderr);
  if (
    /fsck error|hasDot|nullSha1|fullPathname|gitmodules|object corrupt|error in (?:tree|tag|commit|blob)/i.test(said)
  ) {
    throw new CoopError("REFUSED_BY_POLICY", `The sandbox's repository holds objects that git refuses: ${said}`, {
      mend: "Nothing was brought back. Repair the repository in the sandbox (`git fsck`).",
    });
  }
  throw new CoopError(
    "GIT_FAILED",
    `The work could not be fetched from the sandbox: ${said || `git ended with ${exitCode}`}`,
    { mend: "Nothing was brought back; the work is still in the sandbox." },
  );
}

/** The commits that a ref has and the start does not, oldest first. */
export async function newCommits(
  host: Host,
  { place, base }: Quarantine,
  oid: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const args = ["rev-list", "--topo-order", "--reverse", oid, ...(base === null ? [] : [`^${base}`]), "--"];
  const listed = await gitLine({ host, place, args, doing: "list the new commits" }, signal);
  return listed === "" ? [] : listed.split("\n");
}
