import type { ContainerObject } from "../../../compilers/container/resources.ts";
import type { ProjectState } from "../../reconcile/state.ts";
import type { News } from "../../reconcile/world.ts";
import type { Shell } from "../shell.ts";
import { consentCommand } from "./consent-command.ts";
import { watchJson } from "./watch-json.ts";
import type { LineContext } from "./watch-json.ts";
import { WatchLines } from "./watch-lines.ts";
import { LAST_LINES, watchScreen } from "./watch-screen.ts";

/** Who tells what a reconciler does: a screen on a terminal, lines elsewhere, JSON where programs read. */
export interface Narrator {
  readonly report: (news: News<ContainerObject>) => void;
  /** Something that is no news of the reconciler's. */
  readonly say: (text: string) => void;
  /** Leaves the terminal as it was. */
  readonly end: () => void;
}

export function narrator(options: { readonly json: boolean; readonly words: string }, shell: Shell): Narrator {
  const words = options.words;
  const lines = new WatchLines({ colours: shell.colours && !options.json, columns: shell.columns, words });
  if (options.json) return jsonNarrator(words, shell);
  return shell.terminal ? screenNarrator(lines, words, shell) : plainNarrator(lines, shell);
}

function plainNarrator(lines: WatchLines, shell: Shell): Narrator {
  const say = (text: string): void => shell.out(`${new Date().toISOString().slice(11, 19)}  ${text}\n`);
  return { report: (news) => lines.of(news).forEach(say), say, end: () => undefined };
}

function jsonNarrator(words: string, shell: Shell): Narrator {
  const done: LineContext["done"][number][] = [];
  let last = "";
  const line = (state: ProjectState): void => {
    const context = { now: Date.now(), consent: consentCommand(state, words), done: done.splice(0) };
    const value = watchJson(state, context);
    // What says no more than the line before is left out: times and numbers of looks alone are no news.
    const key = JSON.stringify({ ...value, at: "", counters: null });
    if (key === last) return;
    last = key;
    shell.out(`${JSON.stringify(value)}\n`);
  };
  return {
    report: (news) => {
      if (news.kind === "pass" || news.kind === "state") line(news.state);
      if (news.kind === "change" && news.event.kind === "ended") {
        const { change, outcome } = news.event;
        const tookMs = "tookMs" in outcome ? Math.round(outcome.tookMs) : null;
        done.push({ id: change.id, action: change.action, outcome: outcome.kind, tookMs });
      }
    },
    say: (text) => shell.err(`${text}\n`),
    end: () => undefined,
  };
}

const REPAINT_MS = 100;

function screenNarrator(lines: WatchLines, words: string, shell: Shell): Narrator {
  const last: string[] = [];
  let state: ProjectState | null = null;
  let timer: NodeJS.Timeout | null = null;
  const say = (text: string): void => {
    const time = new Date().toISOString().slice(11, 19);
    last.push(...text.split("\n").map((each) => `${time}  ${each}`));
    last.splice(0, Math.max(0, last.length - LAST_LINES));
  };
  const paint = (): void => {
    timer = null;
    if (state === null) return;
    const rows = shell.streams(true).terminal?.size().rows ?? 40;
    shell.out(`\u001b[H\u001b[2J${watchScreen(state, { words, last, colours: shell.colours, rows })}`);
  };
  return {
    report: (news) => {
      for (const each of lines.of(news)) say(each);
      if (news.kind === "pass" || news.kind === "state") state = news.state;
      // Many things happen at once when a fleet begins.
      timer ??= setTimeout(paint, REPAINT_MS);
    },
    say,
    end: () => {
      if (timer !== null) clearTimeout(timer);
      paint();
    },
  };
}
