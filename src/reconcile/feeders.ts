import type { WatchHint } from "../backend/backend.ts";
import type { Clock } from "../ports/clock.ts";
import { pauseMs } from "./backoff.ts";

/** How the engine's events come in, and who is told of it. */
export interface EngineFeed {
  readonly clock: Clock;
  readonly random: () => number;
  /** One subscription; ends or rejects when the connection is lost. */
  readonly hints: (signal: AbortSignal) => AsyncIterable<WatchHint>;
  readonly wake: (what: string) => void;
  readonly heard: () => void;
  readonly lost: (why: string) => void;
}

/**
 * Subscribes to the engine's events for ever. Engines drop events: behind every new subscription everything is looked at
 * again, which the hint `resubscribed` sees to, and the timer finds what is lost in between.
 */
export async function feedHints(feed: EngineFeed, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    let why = "its events ended";
    try {
      for await (const hint of feed.hints(signal)) {
        failures = 0;
        feed.heard();
        feed.wake(hint.what);
      }
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    if (signal.aborted) return;
    failures += 1;
    feed.lost(why);
    await feed.clock.sleep(pauseMs(failures, feed.random()), signal).catch(() => undefined);
  }
}
