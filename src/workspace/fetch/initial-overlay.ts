import type { ViewOrigin } from "../view/view-origin.ts";
import type { Change } from "./changes.ts";

/** Whether uncommitted changes are exactly those that the host's own work tree had when the view was made. */
export function isInitialOverlay({ overlay }: ViewOrigin, changes: readonly Change[]): boolean {
  return (
    changes.length === Object.keys(overlay).length &&
    changes.every(({ path, mode, oid }) => overlay[path] === (mode === "000000" ? "deleted" : `${mode} ${oid}`))
  );
}
