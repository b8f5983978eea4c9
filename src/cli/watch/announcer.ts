import type { ProjectState } from "../../reconcile/state.ts";
import type { News } from "../../reconcile/world.ts";
import type { Shell } from "../shell.ts";
import type { World } from "../world.ts";
import { consentCommand } from "./consent-command.ts";
import { announce, presencePath } from "./presence.ts";
import { watchJson } from "./watch-json.ts";

/** Tells `coop status` and others what a watch knows, for as long as it runs. */
export interface Announcer {
  readonly report: (news: News) => void;
  readonly opened: (world: World) => void;
  readonly close: () => void;
}

/** `words`: the file and target as they were named, for the command that lets through what is held. */
export function announcer(words: string, shell: Shell): Announcer {
  let state: ProjectState | null = null;
  let place = "";
  let close: (() => void) | null = null;
  const answer = (): string => {
    if (state === null) return "";
    const line = watchJson(state, { now: Date.now(), consent: consentCommand(state, words), done: [] });
    return JSON.stringify({ pid: process.pid, ...line });
  };
  return {
    report: (news) => {
      if (news.kind === "pass" || news.kind === "state") state = news.state;
    },
    opened: (world) => {
      const path = presencePath(shell.environment, world.backend.engine.id, world.project.model.project);
      // Another one that answered there may have ended meanwhile.
      if (path === place && close !== null) return;
      close?.();
      [place, close] = [path, null];
      void announce(path, answer).then(
        (closing) => {
          close = closing;
        },
        // Without a place to answer from it watches all the same.
        () => undefined,
      );
    },
    close: () => close?.(),
  };
}
