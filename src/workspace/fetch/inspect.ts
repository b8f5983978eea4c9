import { readObjects } from "../git/cat-file.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { pathText } from "../git/raw-path.ts";
import type { Change } from "./changes.ts";
import { executedBy, scriptsDiffer } from "./host-executed.ts";
import { unsafeLink } from "./unsafe-link.ts";
import { unsafeName } from "./unsafe-name.ts";

/** A change that is not brought to the host, and with it the ref that holds it. */
export interface RefusedChange {
  readonly path: string;
  readonly why: string;
}

/** A change that comes and that somebody should look at before it is checked out. */
export interface FlaggedChange {
  readonly path: string;
  readonly why: string;
}

const LINK = "120000";
const SUBMODULE = "160000";
const GONE = "000000";
const MAX_TARGET = 4096;

/** What in these changes must not come. Every commit is looked at, not only the last: any of them can be checked out. */
export async function refusedChanges(
  host: Host,
  place: GitPlace,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<readonly RefusedChange[]> {
  const refused: RefusedChange[] = [];
  const links: Change[] = [];
  for (const change of changes) {
    const path = pathText(change.path);
    const why = change.mode === GONE ? null : unsafeName(path);
    if (why !== null) refused.push({ path, why });
    else if (change.mode === SUBMODULE || change.modeBefore === SUBMODULE)
      refused.push({ path, why: "submodules may not be changed from a sandbox" });
    else if (change.mode === LINK) links.push(change);
    else if (change.mode === GONE && /^\.gitmodules$/i.test(path))
      refused.push({ path, why: "submodules may not be changed from a sandbox" });
  }
  const targets = new Map<string, string>();
  for await (const object of readObjects(
    { host, place, doing: "read the new symlinks" },
    [...new Set(links.map(({ oid }) => oid))],
    signal,
  )) {
    const content = object.content;
    targets.set(object.oid, content.length > MAX_TARGET ? "/" : content.toString("utf8"));
  }
  for (const { path, oid } of links) {
    const why = unsafeLink(pathText(path), targets.get(oid) ?? "/");
    if (why !== null) refused.push({ path: pathText(path), why });
  }
  return refused;
}

/** What the host would run or obey. Looked at between the start and the tip: what somebody would check out. */
export async function flaggedChanges(
  host: Host,
  place: GitPlace,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<readonly FlaggedChange[]> {
  const flagged: FlaggedChange[] = [];
  const lowered = new Map<string, string>();
  for (const change of changes) {
    const path = pathText(change.path);
    const by = executedBy(path);
    if (by !== null) flagged.push({ path, why: `${by} runs or obeys it on the host` });
    if (change.mode === GONE) continue;
    const twin = lowered.get(path.normalize("NFC").toLowerCase());
    if (twin !== undefined)
      flagged.push({ path, why: `it is the same file as ${twin} where case or accents do not count` });
    lowered.set(path.normalize("NFC").toLowerCase(), path);
  }
  for (const change of changes.filter(({ path, mode }) => /(^|\/)package\.json$/.test(path) && mode !== GONE)) {
    const contents = new Map<string, string>();
    const oids = [change.oid, ...(/^0+$/.test(change.oidBefore) ? [] : [change.oidBefore])];
    for await (const object of readObjects({ host, place, doing: "read package.json" }, oids, signal))
      contents.set(object.oid, object.content.toString("utf8"));
    if (scriptsDiffer(contents.get(change.oidBefore) ?? "{}", contents.get(change.oid) ?? ""))
      flagged.push({ path: pathText(change.path), why: "its scripts run on the host" });
  }
  return flagged;
}
