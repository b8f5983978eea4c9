import type { FlaggedChange, RefusedChange } from "./inspect.ts";

/** What one `coop fetch` brought, ref by ref. */
export interface FetchedWork {
  readonly brought: readonly BroughtRef[];
  /** Nothing of these came; the rest did. */
  readonly refused: readonly RefusedRef[];
}

export interface BroughtRef {
  /** In the host's repository: `refs/coop/<project>/<agent>/heads/main`. */
  readonly ref: string;
  /** In the sandbox: `heads/main`, `tags/v1`, `detached` or `uncommitted`. */
  readonly name: string;
  readonly oid: string;
  /** `rewritten`: what the ref held before is not in its history; that is kept under `keptAs`. */
  readonly state: "new" | "updated" | "rewritten" | "unchanged";
  readonly keptAs: string | null;
  /** Commits that the host's commit does not have. */
  readonly commits: number;
  readonly filesChanged: number;
  /** What somebody should look at before they check it out. */
  readonly flagged: readonly FlaggedChange[];
}

export interface RefusedRef {
  readonly name: string;
  readonly reasons: readonly RefusedChange[];
}
