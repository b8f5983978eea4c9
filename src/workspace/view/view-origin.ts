import { join } from "node:path";
import type { RawPath } from "../git/raw-path.ts";
import type { View } from "./view.ts";

/** What the host remembers of a view, so that work can be brought back. Holds no content of any file. */
export interface ViewOrigin {
  readonly version: 1;
  readonly kind: View["kind"];
  /** The host's commit that the view was made of; null for `unborn` and `plain`. */
  readonly commit: string | null;
  /** The view's first HEAD: the commit itself, or the one commit made for this view; null for `unborn`. */
  readonly head: string | null;
  readonly branch: string;
  /** Seconds since the epoch that the made commit carries. */
  readonly time: number;
  /** Paths of the commit that the view does not have. Bytes of the names, one character each. */
  readonly hiddenPaths: readonly string[];
  /** What lay on top of the commit: mode and object id by path, or `deleted`. */
  readonly overlay: Readonly<Record<string, string>>;
}

export function viewOrigin(view: View, overlay: ReadonlyMap<RawPath, string>): ViewOrigin {
  return {
    version: 1,
    kind: view.kind,
    commit: view.commit,
    head: view.head,
    branch: view.branch,
    time: view.repository.time,
    hiddenPaths: view.repository.removed.map(({ path }) => path),
    overlay: Object.fromEntries([...view.repository.overlay, ...overlay].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Where the origin of a sandbox's workspace is kept on the host: beside the repository, never copied into a view. */
export function viewOriginFile(gitCommonDir: string, project: string, sandbox: string): string {
  return join(gitCommonDir, "coop", "views", encodeURIComponent(project), `${encodeURIComponent(sandbox)}.json`);
}

export function serializeOrigin(origin: ViewOrigin): string {
  return `${JSON.stringify(origin, null, 1)}\n`;
}

/** Reads what `serializeOrigin` wrote; null for anything else. */
export function parseOrigin(text: string): ViewOrigin | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return null;
    // A file of version 1 is only ever written by serializeOrigin, in a folder that no sandbox sees.
    return value as ViewOrigin;
  } catch {
    return null;
  }
}
