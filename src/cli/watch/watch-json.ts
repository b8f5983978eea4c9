import type { ProjectState } from "../../reconcile/state.ts";
import { failureText } from "../failures.ts";
import { standingText } from "./standing-text.ts";

/** What is told with a line besides the state. */
export interface LineContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The command that lets through what is held; null = nothing is. */
  readonly consent: string | null;
  /** What has ended since the last line. */
  readonly done: readonly {
    readonly id: string;
    readonly action: string;
    readonly outcome: string;
    readonly tookMs: number | null;
  }[];
}

/** One line of `coop watch --json`, schema/watch.v1.schema.json: everything there is to know, whenever it has changed. */
export function watchJson(state: ProjectState, context: LineContext): Readonly<Record<string, unknown>> {
  const { file, engine, failure, counters } = state;
  const problem = file.kind === "refused" ? file.problem : null;
  return {
    version: 1,
    at: instant(context.now),
    project: state.project,
    phase: state.phase,
    since: instant(state.since),
    file: {
      state: file.kind,
      message: file.kind === "held" ? file.message : (problem?.message ?? ""),
      diagnostics: problem?.diagnostics ?? [],
    },
    engine: { state: engine.kind, message: engine.kind === "lost" ? engine.message : "" },
    failure: failure === null ? null : failureText(failure.error),
    objects: [...state.objects].map(([id, object]) => ({ id, ...standingText(object), since: instant(object.since) })),
    held: { reach: state.heldReach, command: context.consent },
    done: context.done,
    counters,
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
