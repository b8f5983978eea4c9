import type { ContainerObject } from "../../../compilers/container/resources.ts";
import { fleetBudgets } from "../../../compilers/container/compile.ts";
import { objectName, volumeId } from "../../../compilers/container/names.ts";
import { consentRulesFor } from "../../../compilers/container/consent-rules.ts";
import type { LoadedProject } from "../../config/load.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { CoopErrorCode } from "../../diagnostics/coop-error.ts";
import { isEffective } from "../../plan/change.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Desired } from "../../reconcile/decide.ts";
import type { FileProblem } from "../../reconcile/state.ts";
import type { News, Wanted, World as ReconciledWorld } from "../../reconcile/world.ts";
import type { FileWatch } from "../../sources/watch-files.ts";
import { saveWork } from "../bring-back.ts";
import { carryPlan } from "../carry-plan.ts";
import { credentialsFor } from "../credentials/credentials-for.ts";
import { keepRenewed } from "../credentials/keep-renewed.ts";
import { failureText } from "../failures.ts";
import { withLock } from "../lock.ts";
import { RefusedFile } from "../refused-file.ts";
import type { Shell } from "../shell.ts";
import { askedFor, openAgain, openWorld, planFor } from "../world.ts";
import type { World } from "../world.ts";
import { ProjectReader } from "./project-reader.ts";

/** What one reading of the file asks for, with the opened target that it is asked of. */
export interface WatchDesired extends Desired<ContainerObject> {
  readonly world: World;
}

export interface WatchedOptions {
  /** As the user names it, from the shell's folder. */
  readonly file: string;
  readonly target: string | null;
  readonly allowDestroy: boolean;
  readonly parallelism: number;
  readonly clock: Clock;
  readonly watch: FileWatch;
  readonly report: (news: News<ContainerObject>) => void;
  /** Takes what commands would say on standard error. */
  readonly tell: (text: string) => void;
  /** Is given what was opened, each time. */
  readonly opened?: (world: World) => void;
}

/** Renewed tokens are collected so often besides the times when the gateway changes. */
const COLLECT_MS = 60_000;

/** So long a sandbox whose time is over may take to end by itself. */
const GRACE_SECONDS = 10;

/** Refusals that an edit, a grant or a value mends: the last good file goes on being followed. */
const OF_THE_FILE: ReadonlySet<CoopErrorCode> = new Set([
  "FOREIGN_OBJECT",
  "LOCKED",
  "NOT_FOUND",
  "NOT_GRANTED",
  "SECRETS_MISSING",
  "SOURCE_UNAVAILABLE",
  "VAULT_MISSING",
  "VAULT_LOCKED",
  "REFUSED_BY_POLICY",
  "FILE_UNREADABLE",
  "ENGINE_UNSUPPORTED",
  "USAGE",
]);

/** Lends the reconciler the engine, the disk and the user's secrets, as `coop apply` uses them. Nobody is asked for anything. */
export function watchedWorld(
  options: WatchedOptions,
  asking: Shell,
): ReconciledWorld<ContainerObject, LoadedProject, WatchDesired> {
  const shell: Shell = { ...asking, interactive: false, terminal: false, err: options.tell };
  const reader = new ProjectReader(options.file, shell, options.watch);
  let latest: World | null = null;
  let serves = true;
  let required: LoadedProject | null = null;
  let lastCollected = 0;
  let projects: readonly string[] = [];

  // The connection is kept for as long as it serves and the file is the same.
  const open = async (project: LoadedProject): Promise<World> => {
    const kept = latest !== null && serves && latest.project === project ? latest : null;
    latest = kept === null ? await openWorld(project, options.target, shell) : await openAgain(kept, shell);
    serves = true;
    options.opened?.(latest);
    return latest;
  };
  const doubting = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (error) {
      // The engine may have been started anew, or be another one.
      serves = false;
      throw error;
    }
  };
  const collect = async ({ world }: WatchDesired): Promise<void> => {
    lastCollected = options.clock.now();
    const { project } = world.project.model;
    await keepRenewed(world.project, () => world.backend.renewed(project, shell.signal), shell);
  };

  return {
    clock: options.clock,
    random: Math.random,
    report: options.report,
    read: () => reader.read(),
    edits: (signal) => options.watch.edits(signal),
    desired: async (project): Promise<Wanted<WatchDesired>> => {
      try {
        const world = await open(project);
        // Once for each file, and again for as long as something is missing.
        if (required !== project) await credentialsFor(world, shell);
        required = project;
        const { context, graph } = await doubting(askedFor(world, shell));
        const desired: WatchDesired = {
          project: project.model.project,
          graph,
          consent: consentRulesFor(context),
          budgets: fleetBudgets(context),
          planOf: (asked, snapshot, over) => planFor(world, context, asked, snapshot, { fingerprinted: false, over }),
          world,
        };
        return { ok: true, desired };
      } catch (error) {
        return { ok: false, problem: problemOf(error, project) };
      }
    },
    observe: async (desired, signal) => {
      const snapshot = await doubting(desired.world.backend.observe(desired.graph, signal));
      projects = [desired.project];
      if (options.clock.now() - lastCollected >= COLLECT_MS) await collect(desired);
      return snapshot;
    },
    carry: async (desired, plan, onEvent, signal) => {
      // A gateway that goes takes the tokens with it that it has renewed.
      const { world } = desired;
      if (plan.changes.some((each) => isEffective(each) && /^(container:gateway|provisions:)/.test(each.id))) {
        await collect(desired);
        // While it was away, another project's gateway may have taken a login over.
        await credentialsFor(world, shell);
      }
      const carried = {
        deleteData: options.allowDestroy,
        parallelism: options.parallelism,
        saveWork: (volume: string) => saveWork(world, volume, shell),
        outcomes: new Map(),
        onEvent,
      };
      return carryPlan(world, plan, carried, signal);
    },
    spend: async ({ world, project }, observed) => {
      const volume = objectName(project, volumeId(observed.id.replace("container:sandbox.", "workspace.")));
      // It is stopped in any case: what could not be fetched stays in its volume.
      await saveWork(world, volume, shell).catch((error: unknown) => options.tell(`warning: ${failureText(error)}`));
      await world.backend.stop(observed, GRACE_SECONDS);
    },
    stop: (desired, observed) => desired.world.backend.stop(observed, 0),
    turn: async (work) => {
      const reading = await reader.read();
      if (latest === null && reading.kind === "good") await open(reading.file).catch(unlessOfTheFile);
      const engine = latest?.backend.engine.id;
      // Nothing was ever read that could be changed.
      if (engine === undefined) return work();
      const names = new Set([...projects, ...(reading.kind === "good" ? [reading.project] : [])]);
      // In one order for all, so that no two wait for each other.
      const locked = [...names]
        .toSorted()
        .reduceRight((inner, name) => () => withLock(engine, name, "coop watch", inner), work);
      return locked();
    },
    hints: async function* (project, signal) {
      if (latest !== null) yield* latest.backend.watch({ project, backend: latest.backend.name }, signal);
    },
  };
}

// It is told when the file is followed.
function unlessOfTheFile(error: unknown): void {
  if (!isOfTheFile(error)) throw error;
}

function isOfTheFile(error: unknown): boolean {
  return error instanceof RefusedFile || (error instanceof CoopError && OF_THE_FILE.has(error.code));
}

// What the world refuses for now is tried again as a whole; what the file must mend is told with the file.
function problemOf(error: unknown, project: LoadedProject): FileProblem {
  if (error instanceof RefusedFile) return { diagnostics: error.diagnostics, message: "", text: project.text };
  if (isOfTheFile(error)) return { diagnostics: [], message: failureText(error), text: project.text };
  throw error;
}
