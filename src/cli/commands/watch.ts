import { setTimeout as sleep } from "node:timers/promises";
import { findFile } from "../../config/find-file.ts";
import type { Clock } from "../../ports/clock.ts";
import { Reconciler, RECONCILER } from "../../reconcile/reconciler.ts";
import type { ProjectState } from "../../reconcile/state.ts";
import { FileWatch } from "../../sources/watch-files.ts";
import { tellDiagnostics } from "../open-project.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { announcer } from "../watch/announcer.ts";
import { watchedWorld } from "../watch/watched-world.ts";
import type { MetricsAddress } from "../watch/metrics-address.ts";
import { narrator } from "../watch/narrator.ts";
import { startMetrics } from "../watch/start-metrics.ts";

export interface WatchArguments {
  readonly file: string | null;
  readonly target: string | null;
  readonly json: boolean;
  readonly allowLoosening: boolean;
  readonly allowDestroy: boolean;
  /** One look and what it finds to do, then the end. */
  readonly once: boolean;
  readonly parallelism: number;
  /** Where metrics are served; null = nowhere. */
  readonly metrics: MetricsAddress | null;
}

/** `coop watch`: keeps the world equal to the file until it is interrupted. */
export async function watchCommand(args: WatchArguments, shell: Shell): Promise<ExitCode> {
  // Once: a file that goes away is a file that went away, not one of another folder.
  const found = args.file === null ? findFile(shell.cwd) : { ok: true as const, value: args.file };
  if (!found.ok) return tellDiagnostics(found.diagnostics, null, shell, args.json);
  const words = `${args.file === null ? "" : ` -f ${args.file}`}${args.target === null ? "" : ` --target ${args.target}`}`;
  const told = narrator({ json: args.json, words }, shell);
  const metrics = args.metrics === null ? null : await startMetrics(args.metrics, CLOCK, shell.signal);
  const present = announcer(words, shell);
  const world = watchedWorld(
    {
      file: found.value,
      target: args.target,
      allowDestroy: args.allowDestroy,
      parallelism: args.parallelism,
      clock: CLOCK,
      watch: new FileWatch(CLOCK, (problem) => told.say(`warning: ${problem}`)),
      report: (news) => {
        told.report(news);
        metrics?.report(news);
        present.report(news);
      },
      opened: (world) => {
        metrics?.opened(world);
        present.opened(world);
      },
      tell: (text) => told.say(text.trimEnd()),
    },
    shell,
  );
  const allowed = { loosening: args.allowLoosening, destruction: args.allowDestroy };
  const reconciler = new Reconciler(world, { ...RECONCILER, allowed });
  if (args.once) await reconciler.once(shell.signal);
  else await reconciler.run(shell.signal);
  told.end();
  metrics?.close();
  present.close();
  if (args.once) return exitOf(reconciler.state);
  shell.err("Nobody watches any more: the sandboxes go on running, and `coop apply` mends what changes.\n");
  // Whoever supervises it ends it by SIGTERM: that is no interruption.
  return /SIGTERM/.test(String(shell.signal.reason)) ? EXIT.done : EXIT.interrupted;
}

function exitOf(state: ProjectState): ExitCode {
  const EXITS = {
    converged: EXIT.done,
    progressing: EXIT.failed,
    failed: EXIT.failed,
    blocked: state.file.kind === "refused" ? EXIT.invalidFile : EXIT.refusedByPolicy,
  } as const;
  return EXITS[state.phase];
}

const CLOCK: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, { signal });
  },
};
