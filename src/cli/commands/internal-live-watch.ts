import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Freezer } from "../../backend/operations.ts";
import { dockerFreezer } from "../../backends/docker/freezer.ts";
import { namedEngine, openEngine } from "../../backends/docker/open-engine.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { LiveEvent } from "../../workspace/live/watch-live.ts";
import { watchLive } from "../../workspace/live/watch-live.ts";
import type { WatchOrder } from "../live-guard.ts";
import { removeRecord, watcherAddress, writeRecord } from "../live-record.ts";
import type { LiveRecord } from "../live-record.ts";
import { misplaced, untilMissed } from "../live-recheck.ts";
import { liveMatcher, MAX_FOLDERS } from "../live-view.ts";
import { openFile } from "../open-project.ts";
import { sessionOwner } from "../session-owner.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";

/** How often a frozen sandbox is looked at: somebody may let it go by hand. */
const HOLD_MS = 200;

/**
 * Not for people: watches a live tree for one container and freezes it as soon as something that must stay hidden may be
 * seen. Only `coop apply`, which makes the sandbox anew, ends that. Ends itself when the container is gone.
 */
export async function internalLiveWatch(
  args: { readonly file: string; readonly agent: string },
  shell: Shell,
): Promise<ExitCode> {
  const { handle, view } = await readOrder(shell);
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const { project } = opened;
  const agent = project.model.agents.find((each) => each.name === args.agent);
  if (agent === undefined) throw new CoopError("NOT_FOUND", `There is no agent "${args.agent}".`);
  const known = new Set(view.repositories.map(({ path }) => path));
  const matcher = await liveMatcher(project, agent, (path) => !known.has(path), shell);
  const engine = await openEngine(namedEngine(shell.environment), shell.environment, shell.signal);
  const freezer = dockerFreezer(engine.docker, handle);
  const since = new Date().toISOString();
  await holdSocket(handle, `${process.pid} ${since}`);
  const ending = new AbortController();
  const signal = AbortSignal.any([shell.signal, ending.signal]);
  const events = await watchLive({ root: view.root, shadows: view, matcher, maxFolders: MAX_FOLDERS }, signal);
  const missed = untilMissed(view, matcher, MAX_FOLDERS, signal);
  const moved = misplaced(view);
  if (moved !== null) {
    ending.abort();
    throw new CoopError("STALE_PLAN", `${JSON.stringify(moved)} is not what it was when the plan was made.`, {
      mend: "Look at what changed there, and run coop apply again.",
    });
  }
  const record: LiveRecord = { version: 1, handle, pid: process.pid, owner: sessionOwner(), since, frozen: null };
  await writeRecord(shell.environment, record);
  shell.out("ready\n");
  // Who started this process does not listen any more.
  process.stderr.on("error", () => undefined);
  const first = Promise.race([firstOf(events), missed]);
  const guarding = guard(freezer, first, record, { ...shell, signal });
  await freezer.untilGone(shell.signal);
  ending.abort();
  await guarding;
  if (shell.signal.aborted) await freeze(freezer, record, "its watcher was ended", shell);
  else await removeRecord(shell.environment, handle);
  return shell.signal.aborted ? EXIT.interrupted : EXIT.done;
}

// Frozen first, told afterwards.
async function guard(
  freezer: Freezer,
  first: Promise<LiveEvent | null>,
  record: LiveRecord,
  shell: Shell,
): Promise<void> {
  try {
    const event = await first;
    if (event !== null) await freeze(freezer, record, sentence(event), shell);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await freeze(freezer, record, `its live tree cannot be watched any more: ${why}`, shell);
  }
  while (!shell.signal.aborted) {
    await sleep(HOLD_MS);
    await freezer.freeze();
  }
}

async function firstOf(events: AsyncIterable<LiveEvent>): Promise<LiveEvent | null> {
  for await (const event of events) return event;
  return null;
}

async function freeze(freezer: Freezer, record: LiveRecord, because: string, shell: Shell): Promise<void> {
  await freezer.freeze();
  await writeRecord(shell.environment, { ...record, frozen: { at: new Date().toISOString(), because } });
}

function sentence({ kind, path }: LiveEvent): string {
  const shown = JSON.stringify(path);
  if (kind === "lost-shadow") return `${shown} was replaced, and the new one is not covered`;
  if (kind === "rules-changed") return `${shown} says anew what must stay hidden`;
  return /(^|\/)\.git$/i.test(path)
    ? `${shown} appeared, and git on this machine would run what its configuration says`
    : `${shown} appeared, which must stay hidden`;
}

async function readOrder(shell: Shell): Promise<WatchOrder> {
  const { stdin } = shell.streams(false);
  const order: unknown = stdin === null ? null : JSON.parse(await text(stdin));
  if (typeof order === "object" && order !== null && "handle" in order && "view" in order) return order as WatchOrder; // startWatcher wrote it, the same program
  throw new CoopError("USAGE", "This command is coop's own.", { mend: "coop apply" });
}

function holdSocket(handle: string, answer: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.end(answer);
    });
    server.once("error", (cause) => {
      reject(new CoopError("LOCKED", "Another process watches for this sandbox already.", { cause }));
    });
    server.unref();
    server.listen(watcherAddress(handle), resolve);
  });
}
