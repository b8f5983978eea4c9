import { CoopError } from "../../diagnostics/coop-error.ts";
import type { Host } from "../git/host.ts";
import { listTree } from "../git/list-tree.ts";
import { openRepository } from "../git/repository.ts";
import type { Repository } from "../git/repository.ts";
import { gitLine, runGit, tryGit } from "../git/run-git.ts";
import type { ViewOrigin } from "../view/view-origin.ts";
import { changesBetween, changesOfCommits } from "./changes.ts";
import type { Change } from "./changes.ts";
import type { BroughtRef, FetchedWork, RefusedRef } from "./fetched-work.ts";
import { flaggedChanges, refusedChanges } from "./inspect.ts";
import type { RefusedChange } from "./inspect.ts";
import { install } from "./install.ts";
import type { RefUpdate } from "./install.ts";
import { ObjectStore } from "./object-store.ts";
import { openQuarantine, receivedObjects } from "./quarantine.ts";
import type { Quarantine } from "./quarantine.ts";
import { newCommits, receive } from "./receive.ts";
import type { ReceivedRef, UploadPack } from "./receive.ts";
import { Replay } from "./replay.ts";
import { isInitialOverlay } from "./initial-overlay.ts";
import { smuggledObject } from "./smuggled.ts";

export interface FetchRequest {
  readonly host: Host;
  /** The workspace's root on the host. */
  readonly root: string;
  readonly project: string;
  /** The sandbox's name within the project: `coder`, `coder.3`. */
  readonly agent: string;
  readonly upload: UploadPack;
  readonly origin: ViewOrigin;
  /** Nothing larger is written while fetching. */
  readonly maxBytes: number;
}

const MAX_COMMITS = 50_000;

/**
 * Brings the sandbox's branches, tags and uncommitted work into `refs/coop/<project>/<agent>/…` of the host's repository.
 * Everything is looked at in a quarantine first; no configuration that a sandbox wrote is read. Asking again is harmless.
 */
export async function fetchWork(request: FetchRequest, signal: AbortSignal): Promise<FetchedWork> {
  const { host, origin } = request;
  const repository = await openRepository(request.root);
  if (repository === null)
    throw new CoopError(
      "NOT_FOUND",
      `\`${request.root}\` is not a git repository, so there is nowhere to bring the work to.`,
      { mend: "git init" },
    );
  const space = `refs/coop/${request.project}/${request.agent}`;
  const formed = await tryGit(
    {
      host,
      place: { gitDir: repository.gitDir },
      args: ["check-ref-format", `${space}/heads/x`],
      doing: "check a name",
    },
    signal,
  );
  if (formed.exitCode !== 0) throw new Error(`${space} is not a name that git takes`);
  const quarantine = await openQuarantine(host, repository, origin, signal);
  try {
    const refs = await receive(host, quarantine, request.upload, request.maxBytes, signal);
    const before = await hostRefs(host, repository, space, signal);
    const known = await commitsAmong(
      host,
      quarantine,
      [...before].flatMap(([ref, oid]) => (ref.startsWith("refs/coop/") ? [oid] : [])),
      signal,
    );
    // What lies on the host from a filtered view is replayed: it has the hidden files, which the sandbox never held.
    const held = [...(quarantine.base === null ? [] : [quarantine.base]), ...(origin.kind === "filtered" ? [] : known)];
    const work = {
      host,
      repository,
      quarantine,
      origin,
      space,
      before,
      held,
      received: await receivedObjects(host, quarantine, signal),
      replay: await replayFor(host, quarantine, origin, signal),
    };
    const brought: BroughtRef[] = [];
    const refused: RefusedRef[] = [];
    for (const ref of refs) {
      const judged = await judge(work, ref, signal);
      if (judged === null) continue;
      if ("reasons" in judged) refused.push(judged);
      else brought.push(judged);
    }
    const onHost = [...known, ...(origin.commit === null ? [] : [origin.commit])];
    await install(
      host,
      repository,
      quarantine,
      brought.flatMap((ref) => updatesOf(ref, before)),
      onHost,
      signal,
    );
    return { brought, refused };
  } finally {
    await quarantine.dispose();
  }
}

interface Work {
  readonly host: Host;
  readonly repository: Repository;
  readonly quarantine: Quarantine;
  readonly origin: ViewOrigin;
  readonly space: string;
  readonly before: ReadonlyMap<string, string>;
  readonly received: ReadonlySet<string>;
  /** Commits whose every object the sandbox held: its start, and what it sent before, which git does not send again. */
  readonly held: readonly string[];
  readonly replay: { readonly replay: Replay; readonly store: ObjectStore } | null;
}

/** Looks one ref through; null where it holds nothing that the host lacks. */
async function judge(work: Work, ref: ReceivedRef, signal: AbortSignal): Promise<BroughtRef | RefusedRef | null> {
  const { host, quarantine, origin, before, space } = work;
  const { place, base } = quarantine;
  const refuse = (...reasons: readonly RefusedChange[]): RefusedRef => ({ name: ref.name, reasons });
  const peeled = await tryGit(
    { host, place, args: ["rev-parse", "--verify", "--quiet", `${ref.oid}^{commit}`], doing: "look at a ref" },
    signal,
  );
  const tip = peeled.stdout.toString("utf8").trim();
  if (peeled.exitCode !== 0) return refuse({ path: ref.name, why: "it does not point at a commit" });
  const commits = await newCommits(host, quarantine, tip, signal);
  const target = `${space}/${ref.name}`;
  const earlier = before.get(target) ?? null;
  if (ref.name.startsWith("tags/") && before.get(`refs/${ref.name}`) === ref.oid) return null;
  if (commits.length === 0 && earlier === null && !ref.name.startsWith("tags/")) return null;
  if (commits.length > MAX_COMMITS)
    return refuse({ path: ref.name, why: `it has ${commits.length} new commits, more than ${MAX_COMMITS}` });
  const clash = [...before.keys()].find((other) => other.startsWith(`${target}/`) || target.startsWith(`${other}/`));
  if (clash !== undefined)
    return refuse({
      path: ref.name,
      why: `${clash} from an earlier fetch is in its way; delete that with \`git update-ref -d\``,
    });
  const smuggled = await smuggledObject(host, quarantine, tip, work, signal);
  if (smuggled !== null)
    return refuse({ path: ref.name, why: `it refers to object ${smuggled}, which the sandbox does not have` });

  const perCommit = await changesOfCommits(host, place, commits, signal);
  const refusals = await refusedChanges(host, place, unique([...perCommit.values()].flat()), signal);
  if (refusals.length > 0) return refuse(...refusals);
  const changes = await changesBetween(host, place, base, tip, signal);
  if (ref.name === "uncommitted" && isInitialOverlay(origin, changes)) return null;

  const landed = await land(work, ref, tip, commits, signal);
  if (landed.kind === "refused")
    return refuse({ path: landed.path, why: "it is hidden from the sandbox and stays as it is on the host" });
  const state =
    earlier === null
      ? "new"
      : earlier === landed.oid
        ? "unchanged"
        : (await isAncestor(work, earlier, landed.oid, signal))
          ? "updated"
          : "rewritten";
  return {
    ref: target,
    name: ref.name,
    oid: landed.oid,
    state,
    keptAs: state === "rewritten" && earlier !== null ? `${space}/earlier/${ref.name}/${earlier.slice(0, 12)}` : null,
    commits: commits.length,
    filesChanged: changes.length,
    flagged: await flaggedChanges(host, place, changes, signal),
  };
}

/** What the ref will point at on the host: itself, or its replay onto the real commit. */
async function land(
  { replay, received }: Work,
  ref: ReceivedRef,
  tip: string,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly kind: "commit"; readonly oid: string } | { readonly kind: "refused"; readonly path: string }> {
  if (replay === null) return { kind: "commit", oid: ref.oid };
  const landed = await replay.replay.commits(commits, tip, signal);
  if (landed.kind === "refused" || ref.oid === tip || !received.has(ref.oid)) return landed;
  const content = (await replay.store.read([ref.oid], signal)).get(ref.oid);
  return content === undefined ? landed : { kind: "commit", oid: await replay.replay.tag(content, landed.oid) };
}

async function replayFor(
  host: Host,
  { place, base }: Quarantine,
  origin: ViewOrigin,
  signal: AbortSignal,
): Promise<Work["replay"]> {
  if (origin.kind !== "filtered" || origin.commit === null || base === null) return null;
  const paths = new Set(origin.hiddenPaths);
  const hidden = (await listTree(host, place, origin.commit, signal)).filter(({ path }) => paths.has(path));
  const store = new ObjectStore(host, place);
  return { store, replay: new Replay(store, { base, onto: origin.commit, hidden }) };
}

async function hostRefs(
  host: Host,
  { commonDir }: Repository,
  space: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", space, "refs/tags"];
  const listed = await gitLine({ host, place: { gitDir: commonDir }, args, doing: "list the refs" }, signal);
  return new Map(
    listed
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]),
  );
}

function updatesOf({ ref, oid, state, keptAs }: BroughtRef, before: ReadonlyMap<string, string>): readonly RefUpdate[] {
  if (state === "unchanged") return [];
  const earlier = before.get(ref) ?? null;
  return [
    { ref, oid, before: earlier },
    ...(keptAs === null || earlier === null ? [] : [{ ref: keptAs, oid: earlier, before: before.get(keptAs) ?? null }]),
  ];
}

/** Those that are commits. */
async function commitsAmong(
  host: Host,
  { place }: Quarantine,
  oids: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (oids.length === 0) return [];
  const output = await runGit(
    {
      host,
      place,
      args: ["cat-file", "--batch-check=%(objectname) %(objecttype)"],
      input: oids.map((oid) => `${oid}^{commit}\n`).join(""),
      doing: "look at earlier work",
    },
    signal,
  );
  return output
    .toString("latin1")
    .split("\n")
    .flatMap((line) => (line.endsWith(" commit") ? [line.slice(0, line.indexOf(" "))] : []));
}

async function isAncestor(
  { host, quarantine }: Work,
  earlier: string,
  later: string,
  signal: AbortSignal,
): Promise<boolean> {
  return (
    (
      await tryGit(
        {
          host,
          place: quarantine.place,
          args: ["merge-base", "--is-ancestor", earlier, later],
          doing: "compare two commits",
        },
        signal,
      )
    ).exitCode === 0
  );
}

function unique(changes: readonly Change[]): readonly Change[] {
  return [
    ...new Map(
      changes.map((change) => [`${change.modeBefore} ${change.mode} ${change.oid} ${change.path}`, change]),
    ).values(),
  ];
}
