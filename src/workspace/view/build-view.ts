import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Checked } from "../../diagnostics/diagnostic.ts";
import { checked } from "../../diagnostics/diagnostic.ts";
import type { IgnorePattern, IgnoreRules } from "../../model/model.ts";
import type { GitPlace } from "../git/clean-environment.ts";
import type { Host } from "../git/host.ts";
import { listTree } from "../git/list-tree.ts";
import type { RawPath } from "../git/raw-path.ts";
import { pathText } from "../git/raw-path.ts";
import { openRepository } from "../git/repository.ts";
import { createScratch } from "../git/scratch-repository.ts";
import type { ScratchRepository } from "../git/scratch-repository.ts";
import { NO_SETTINGS, readSettings } from "../git/settings.ts";
import type { GitSettings } from "../git/settings.ts";
import { CLEAN_WORKTREE, worktreeStatus } from "../git/worktree-status.ts";
import { readCoopignoreFiles } from "../ignore/coopignore-files.ts";
import { compileIgnore } from "../ignore/ignore-rules.ts";
import { collectCandidates } from "./candidates.ts";
import { WITHOUT_COMMIT, chooseHead } from "./choose-head.ts";
import type { ChosenHead } from "./choose-head.ts";
import { commitPlainFolder, filteredCommit } from "./filtered-commit.ts";
import { hiddenInHistory } from "./history.ts";
import { leftOutWarnings } from "./left-out-warnings.ts";
import { selectFiles } from "./select-files.ts";
import type { Candidate } from "./select-files.ts";
import { tagsOf } from "./tags.ts";
import type { View } from "./view.ts";
import { writeIndex } from "./write-index.ts";
import { sparseAbsent } from "../git/sparse-absent.ts";

export interface ViewRequest {
  readonly host: Host;
  /** The workspace's root: the folder that holds `.git`, or any folder without one. */
  readonly root: string;
  /** `workspace.ref`. */
  readonly ref: string;
  readonly ignore: IgnoreRules;
  readonly agentIgnore: readonly IgnorePattern[];
  /** The folder of coop.yaml relative to the root; `""` when it lies at the root. */
  readonly fileFolder: string;
}

/** Decides what a sandbox sees. Broken ignore rules are diagnostics, a refusing git is a CoopError. The caller disposes. */
export async function buildView(request: ViewRequest, signal: AbortSignal): Promise<Checked<View>> {
  const repository = await openRepository(request.root);
  const settings = repository === null ? NO_SETTINGS : await readSettings(request.host, repository, signal);
  const root = repository?.root ?? (await realpath(request.root));
  const scratch = await createScratch(request.host, root, repository, settings);
  try {
    const place: GitPlace | null = repository === null ? null : { gitDir: repository.gitDir };
    const head =
      place === null
        ? PLAIN
        : await chooseHead({ host: request.host, theirs: place, scratch, ref: request.ref }, signal);
    const view = await decide(request, { root, scratch, settings, head, theirs: place }, signal);
    if (!view.ok) await scratch.dispose();
    return view;
  } catch (cause) {
    await scratch.dispose();
    throw cause;
  }
}

const PLAIN: ChosenHead = { commit: null, branch: "main", checkedOut: true, time: WITHOUT_COMMIT };

interface Ground {
  readonly root: string;
  readonly scratch: ScratchRepository;
  readonly settings: GitSettings;
  readonly head: ChosenHead;
  /** The user's repository; null for a folder without git. */
  readonly theirs: GitPlace | null;
}

async function decide(request: ViewRequest, ground: Ground, signal: AbortSignal): Promise<Checked<View>> {
  const { host } = request;
  const { root, scratch, settings, head, theirs } = ground;
  const { place } = scratch;
  const [hostTree, status, absent] = await Promise.all([
    head.commit === null ? [] : listTree(host, place, head.commit, signal),
    head.checkedOut ? worktreeStatus(host, place, signal) : CLEAN_WORKTREE,
    head.checkedOut && settings.sparse ? sparseAbsent(host, place, signal) : new Set<RawPath>(),
  ]);
  const { files: candidates, leftOut } = await collectCandidates(
    { host, place, root, tree: hostTree, status, absent },
    signal,
  );
  const coopignore = await readCoopignoreFiles(
    root,
    foldersOf([...hostTree.map(({ path }) => path), ...candidates.map(({ path }) => path)]),
  );
  if (!coopignore.ok) return coopignore;
  const ignore = compileIgnore({
    rules: request.ignore,
    agentPatterns: request.agentIgnore,
    fileFolder: request.fileFolder,
    coopignoreFiles: coopignore.value,
  });
  if (!ignore.ok) return ignore;
  const { matcher, digest: rules } = ignore.value;

  const selection = selectFiles(root, candidates, matcher);
  const hidden = new Map(selection.hidden.map((each) => [each.path, each]));
  const removed = hostTree.filter(
    ({ path }) => hidden.has(path) || matcher.hides(pathText(path), false).kind === "hidden",
  );
  const shallow = await readFile(join(scratch.gitDir, "shallow"), "utf8").catch(() => "");
  const because =
    head.commit === null
      ? null
      : removed[0] !== undefined
        ? pathText(removed[0].path)
        : settings.partial
          ? "(a partial clone lacks the history)"
          : await hiddenInHistory({ host, place, commit: head.commit, matcher, rules, shallow }, signal);

  const kind: View["kind"] =
    head.commit === null ? (theirs === null ? "plain" : "unborn") : because === null ? "history" : "filtered";
  let files = selection.shipped;
  let commit = head.commit;
  if (kind === "filtered" && head.commit !== null)
    commit = await filteredCommit(
      { host, place, commit: head.commit, time: head.time, removed: removed.map(({ path }) => path) },
      signal,
    );
  if (kind === "plain") {
    commit = await commitPlainFolder({ host, place, time: head.time, files: files.map(({ path }) => path) }, signal);
    const tree = await listTree(host, place, commit, signal);
    files = (await collectCandidates({ host, place, root, tree, status: CLEAN_WORKTREE, absent }, signal)).files;
  }
  const staged = [...status.staged].filter(
    ([path]) => kind !== "plain" && !hidden.has(path) && matcher.hides(pathText(path), false).kind === "visible",
  );
  const gone = new Set<RawPath>(removed.map(({ path }) => path));
  const tracked = new Set<RawPath>(
    kind === "plain" ? [] : hostTree.map(({ path }) => path).filter((path) => !gone.has(path)),
  );
  const skipped = [
    ...absent,
    ...selection.leftOut.flatMap(({ path, reason }) => (reason === "submodule" ? [] : [path])),
  ].filter((path) => tracked.has(path));
  const skippedSet = new Set(skipped);
  const allLeftOut = [...leftOut, ...selection.leftOut];
  const indexFile = await writeIndex({ host, place, folder: scratch.folder, commit, staged, skipped }, signal);
  const view: View = {
    root,
    kind,
    commit: head.commit,
    head: commit,
    branch: head.branch,
    filteredBecause: because,
    hidden: selection.hidden,
    leftOut: allLeftOut,
    overlaid: head.checkedOut && theirs !== null,
    files,
    diagnostics: leftOutWarnings(allLeftOut),
    repository: {
      host,
      place,
      folder: scratch.folder,
      objectFormat: settings.objectFormat,
      time: head.time,
      removed,
      overlay: overlayOf(
        files,
        [...tracked].filter((path) => !skippedSet.has(path)),
        new Map(staged),
      ),
      staged: staged.flatMap(([, entry]) => (entry === null || entry.mode === "160000" ? [] : [entry.oid])),
      tags:
        kind === "history" && head.commit !== null && theirs !== null
          ? await tagsOf(host, theirs, head.commit, signal)
          : [],
      indexFile,
      shallow: kind === "history" ? shallow : "",
    },
    dispose: scratch.dispose,
  };
  return checked(view, view.diagnostics);
}

/** Staged contents, and what is tracked and gone. What comes from the work tree is added while it is copied. */
function overlayOf(
  files: readonly Candidate[],
  tracked: readonly RawPath[],
  staged: ReadonlyMap<RawPath, { readonly mode: string; readonly oid: string } | null>,
): ReadonlyMap<RawPath, string> {
  const overlay = new Map<RawPath, string>();
  for (const [path, entry] of staged) if (entry !== null) overlay.set(path, `${entry.mode} ${entry.oid}`);
  const there = new Set(files.map(({ path }) => path));
  for (const path of tracked) if (!there.has(path)) overlay.set(path, "deleted");
  return overlay;
}

function foldersOf(paths: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>([""]);
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = pathText(path.slice(0, at) as RawPath);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}
