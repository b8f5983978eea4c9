import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import type { RawPath } from "../git/raw-path.ts";
import type { Candidate, HiddenPath, LeftOut } from "./select-files.ts";

/** What one sandbox will see, decided and not yet copied. Its scratch files live until `dispose`. */
export interface View {
  /** The workspace's root on the host, symlinks resolved: also its path in the sandbox. */
  readonly root: string;
  /**
   * `history`: the commit with all its history. `filtered`: one commit without what is hidden. `unborn`: a repository
   * without commits. `plain`: a folder without git, as one commit.
   */
  readonly kind: "history" | "filtered" | "unborn" | "plain";
  /** The host's commit; null for `unborn` and `plain`. */
  readonly commit: string | null;
  /** The commit at HEAD in the sandbox; null for `unborn`. */
  readonly head: string | null;
  /** The branch that HEAD is on in the sandbox. */
  readonly branch: string;
  /** Why the history stayed behind: a hidden path in the tree or in the history. */
  readonly filteredBecause: string | null;
  readonly hidden: readonly HiddenPath[];
  readonly leftOut: readonly LeftOut[];
  /** Dirty and untracked files are in it: the chosen ref is what the host has checked out. */
  readonly overlaid: boolean;
  readonly files: readonly Candidate[];
  /** Warnings: what is not in the sandbox, and why. */
  readonly diagnostics: readonly Diagnostic[];
  readonly repository: ViewRepository;
  readonly dispose: () => Promise<void>;
}

/** What the tar needs to write the view's `.git`. */
export interface ViewRepository {
  readonly host: Host;
  readonly place: GitPlace;
  readonly folder: string;
  readonly objectFormat: "sha1" | "sha256";
  /** Seconds since the epoch: when the commit was made. */
  readonly time: number;
  /** Hidden files of the commit: not in the view's tree, put back when work returns. */
  readonly removed: readonly { readonly path: RawPath; readonly mode: string; readonly oid: string }[];
  /** What is known of the overlay before it is copied: staged contents, and `deleted`. */
  readonly overlay: ReadonlyMap<RawPath, string>;
  /** Objects that the pack must hold beside HEAD's: what is staged. */
  readonly staged: readonly string[];
  readonly tags: readonly { readonly ref: string; readonly oid: string }[];
  readonly indexFile: string | null;
  /** Boundary commits of a shallow clone. */
  readonly shallow: string;
}

/** The time of every file that comes from an object: a little before the commit's, so that any edit is later. */
export function fileTime(view: View): number {
  return Math.max(1, view.repository.time - 10);
}
