import { setTimeout as sleep } from "node:timers/promises";
import { POLICY } from "../../../compilers/container/plumbing.ts";
import { portMappings } from "../../../compilers/container/ports.ts";
import type { ContainerObject } from "../../../compilers/container/resources.ts";
import type { Observed, Phase } from "../../graph/snapshot.ts";

import { conditionsOf } from "../../plan/conditions.ts";
import type { Condition } from "../../plan/conditions.ts";
import { coloursFor } from "../../render/colours.ts";
import { portText } from "../../render/port-text.ts";
import { openFileAndWorld } from "../open-project.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { compare } from "../world.ts";
import type { Comparison, World } from "../world.ts";
import { askWatch, presencePath } from "../watch/presence.ts";
import type { WatchAnswer } from "../watch/presence.ts";

export interface StatusArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly json: boolean;
  readonly watch: boolean;
}

interface StatusRow {
  readonly id: string;
  readonly state: string;
  /** Whether it is as the file says. */
  readonly converged: boolean;
  readonly reason: string | null;
  readonly conditions: readonly Condition[];
}

/** `coop status`: what runs, and how far it is from the file. */
export async function statusCommand(args: StatusArguments, shell: Shell): Promise<ExitCode> {
  const opened = await openFileAndWorld(args, shell);
  if ("exit" in opened) return opened.exit;
  const { world } = opened;
  const path = presencePath(shell.environment, world.backend.engine.id, world.project.model.project);
  for (;;) {
    const [comparison, watch] = await Promise.all([compare(world, shell), askWatch(path)]);
    shell.out(
      args.json
        ? `${JSON.stringify(statusJson(world, comparison, watch))}\n`
        : `${args.watch && shell.colours ? "\u001b[H\u001b[2J" : ""}${statusText(world, comparison, watch, shell)}`,
    );
    if (!args.watch || shell.signal.aborted) return EXIT.done;
    await sleep(1000, undefined, { signal: shell.signal }).catch(() => undefined);
    if (shell.signal.aborted) return EXIT.done;
  }
}

function statusJson(world: World, comparison: Comparison, watch: WatchAnswer | null): unknown {
  const rows = rowsOf(comparison, watch);
  return {
    version: 1,
    project: world.project.model.project,
    backend: world.backend.name,
    converged: rows.every((each) => each.converged),
    objects: rows,
    ports: portMappings(comparison.context),
    foreign: comparison.plan.foreign,
    watch: watch === null ? null : { pid: watch.pid, phase: watch.phase, since: watch.since, file: watch.file.state },
  };
}

function statusText(world: World, comparison: Comparison, watch: WatchAnswer | null, shell: Shell): string {
  const colours = coloursFor(shell.colours);
  const rows = rowsOf(comparison, watch).filter((each) => each.id.startsWith("container:") || !each.converged);
  const width = Math.max(0, ...rows.map((each) => each.id.length));
  const wide = Math.max(0, ...rows.map((each) => each.state.length));
  const lines = rows.map((each) => {
    // As the file says, and yet nothing to be glad of: it ended badly, and is not to be started again.
    const well = each.converged && !each.conditions.some(({ type, reason }) => type === "Ready" && SAD.has(reason));
    const mark = well ? colours.green("✓") : colours.yellow("!");
    return `  ${mark} ${each.id.padEnd(width)}  ${each.state.padEnd(wide)}  ${each.reason ?? ""}`.trimEnd();
  });
  const pending = rows.filter((each) => !each.converged).length;
  const sum =
    pending === 0
      ? "As the file says."
      : `${pending} object(s) differ from the file: coop plan shows how, coop apply mends it.`;
  const ports = portMappings(comparison.context).map((each) => `  ${portText(each)}`);
  const foreign = comparison.plan.foreign.map(
    ({ name, id, blocks }) => `  ${name} is somebody else's${blocks ? ` and holds the name of ${id}` : ""}`,
  );
  const parts = [lines, ports, foreign].filter((part) => part.length > 0).map((part) => `${part.join("\n")}\n`);
  return `${colours.bold(world.project.model.project)} on ${world.backend.capabilities.description}\n\n${parts.join("\n")}\n${sum}\n${watch === null ? "" : watchText(watch)}`;
}

function watchText({ pid, phase, file, held }: WatchAnswer): string {
  const because = file.state === "followed" ? "" : `; ${file.message || "the file cannot be followed"}`;
  const way = held.command === null ? "" : ` \`${held.command}\` lets through what is held.`;
  return `Watched by process ${pid}: ${phase}${because}.${way}\n`;
}

// What only a watch can know, as it saw what came before: loops, fights, what is held, when it is tried again.
const SEEN_BY_A_WATCH: ReadonlySet<string> = new Set(["ended", "failed", "fought", "held", "halted", "waiting"]);

function withWatch(row: StatusRow, watch: WatchAnswer | null): StatusRow {
  const held = row.id === POLICY ? (watch?.held.reach ?? []) : [];
  if (held.length > 0) {
    const message = `held for a person: ${held.map((each) => each.text).join("; ")}`;
    const blocked = (each: Condition): Condition =>
      each.type === "Blocked" ? { ...each, status: true, reason: "Loosens", message } : each;
    return { ...row, reason: message, conditions: row.conditions.map(blocked) };
  }
  const seen = watch?.objects.find((each) => each.id === row.id);
  if (seen === undefined || !SEEN_BY_A_WATCH.has(seen.state)) return row;
  const { reason, since, message } = seen;
  const words = /^[A-Z][A-Za-z]*$/.test(reason) ? reason : seen.state.replace(/^./, (first) => first.toUpperCase());
  const conditions = row.conditions.map((each): Condition => {
    if (each.type === "Ready" && !each.status) return { ...each, reason: words, since, message };
    if (each.type !== "Blocked" || !["held", "fought", "halted"].includes(seen.state)) return each;
    return { ...each, status: true, reason: words, since, message };
  });
  return { ...row, reason: message || row.reason, conditions };
}

const SAD: ReadonlySet<string> = new Set(["Exited", "OutOfMemory"]);
const WAITS = "waits for a free place of its fleet (maxParallel); coop apply gives it";

function rowsOf(comparison: Comparison, watch: WatchAnswer | null): readonly StatusRow[] {
  const waiting = comparison.waiting.map((id): StatusRow => ({
    id,
    state: "waiting",
    converged: true,
    reason: WAITS,
    conditions: [
      { type: "Ready", status: false, reason: "Waiting", since: null, message: WAITS },
      { type: "Progressing", status: true, reason: "Waiting", since: null, message: WAITS },
      { type: "Drifted", status: false, reason: "AsLastApplied", since: null, message: "" },
      { type: "Blocked", status: false, reason: "Free", since: null, message: "" },
    ],
  }));
  const rows = objectRows(comparison, watch !== null).map((row) => withWatch(row, watch));
  return [...rows, ...waiting];
}

function objectRows(comparison: Comparison, watched: boolean): readonly StatusRow[] {
  return comparison.plan.changes.map((change): StatusRow => {
    const desired = change.action === "delete" ? null : change.desired;
    const restart = desired?.kind === "container" ? desired.spec.restart : "always";
    const foreign = comparison.plan.foreign.find((each) => each.blocks && each.id === change.id) ?? null;
    const conditions = conditionsOf(change, { foreign, mayComplete: restart !== "always" });
    if (change.action === "create")
      return { id: change.id, state: "missing", converged: false, reason: "missing", conditions };
    return {
      conditions,
      id: change.id,
      state: stateText(change.observed, restart, watched),
      converged: change.action === "keep",
      reason: change.action === "keep" ? null : (guardText(change.observed) ?? change.reason.kind),
    };
  });
}

// Why a sandbox on a live tree stands still, or should.
function guardText({ live }: Observed<ContainerObject>): string | null {
  const guard = live["guard"];
  return typeof guard === "string" && guard !== "watched" ? guard : null;
}

function stateText(observed: Observed<ContainerObject>, restart: string, watched: boolean): string {
  const { phase } = observed;
  const text: Record<Phase["kind"], () => string> = {
    running: () => "running",
    starting: () => "starting",
    paused: () => "paused",
    created: () => "created, never started",
    present: () => "present",
    broken: () => (phase.kind === "broken" ? phase.why : ""),
    exited: () => (phase.kind === "exited" ? exitText(phase, restart, watched) : ""),
  };
  return text[phase.kind]();
}

function exitText(phase: Extract<Phase, { readonly kind: "exited" }>, restart: string, watched: boolean): string {
  if (phase.outOfMemory) return "killed: out of memory";
  if (phase.code === 0 && restart !== "always") return "Completed";
  return `Exited (${phase.code})${watched ? "" : ", nobody watches"}`;
}
