import { isAbsolute } from "node:path";
import type { Repository } from "./repository.ts";
import { settingsEnvironment } from "./clean-environment.ts";
import type { Host } from "./host.ts";
import { runGit } from "./run-git.ts";

/** The few settings of the user and the repository that say how files are compared. None of them can run anything. */
export interface GitSettings {
  readonly config: Readonly<Record<string, string>>;
  readonly objectFormat: "sha1" | "sha256";
  readonly sparse: boolean;
  /** Objects may be missing here, to be fetched when they are asked for. */
  readonly partial: boolean;
  /** A further file of ignore patterns, as `core.excludesFile` names it. */
  readonly excludesFile: string | null;
}

/** For a folder without git. */
export const NO_SETTINGS: GitSettings = {
  config: {},
  objectFormat: "sha1",
  sparse: false,
  partial: false,
  excludesFile: null,
};

const SWITCHES = ["core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode"];
const WORDS: Readonly<Record<string, RegExp>> = {
  "core.autocrlf": /^(true|false|input)$/,
  "core.eol": /^(lf|crlf|native)$/,
};

/** Reads the settings through `git config --list`, which only prints. */
export async function readSettings(
  host: Host,
  { gitDir, root }: Repository,
  signal: AbortSignal,
): Promise<GitSettings> {
  const place = { gitDir, workTree: root };
  const environment = settingsEnvironment(host, gitDir);
  const listed = await runGit(
    { host, place, environment, args: ["config", "--list", "-z"], doing: `read the settings of ${root}` },
    signal,
  );
  const all = new Map(
    listed
      .toString("utf8")
      .split("\0")
      .map((row): [string, string] => {
        const at = row.indexOf("\n");
        return at < 0 ? [row, "true"] : [row.slice(0, at), row.slice(at + 1)];
      }),
  );
  const config: Record<string, string> = {};
  for (const key of SWITCHES) if (all.has(key)) config[key] = isTrue(all.get(key)) ? "true" : "false";
  for (const [key, form] of Object.entries(WORDS)) {
    const value = all.get(key)?.toLowerCase();
    if (value !== undefined && form.test(value)) config[key] = value;
  }
  return {
    config,
    objectFormat: all.get("extensions.objectformat") === "sha256" ? "sha256" : "sha1",
    sparse: isTrue(all.get("core.sparsecheckout")),
    partial:
      all.has("extensions.partialclone") ||
      [...all].some(([key, value]) => key.startsWith("remote.") && key.endsWith(".promisor") && isTrue(value)),
    excludesFile: excludesFile(host, all.get("core.excludesfile")),
  };
}

/** git's own default is `git/ignore` in the user's configuration folder. */
function excludesFile({ environment }: Host, set: string | undefined): string | null {
  const home = environment["HOME"];
  if (set !== undefined && set !== "")
    return set.startsWith("~/")
      ? home === undefined
        ? null
        : `${home}/${set.slice(2)}`
      : isAbsolute(set)
        ? set
        : null;
  const folder = environment["XDG_CONFIG_HOME"] ?? (home === undefined ? undefined : `${home}/.config`);
  return folder === undefined ? null : `${folder}/git/ignore`;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(true|yes|on|[1-9]\d*)$/i.test(value);
}
