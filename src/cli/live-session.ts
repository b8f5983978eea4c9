import { setTimeout as sleep } from "node:timers/promises";
import { guardState } from "./live-guard.ts";
import type { Shell } from "./shell.ts";

const ASK_MS = 500;

/** Runs work in a session on the live tree; when nobody guards it any more, says why and ends the work. */
export async function whileGuarded<T>(
  handle: string,
  shell: Shell,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const exposed = new AbortController();
  const ended = new AbortController();
  const looking = (async () => {
    while (!ended.signal.aborted) {
      const state = await guardState(handle, shell);
      if (state !== "watched" && !ended.signal.aborted) {
        shell.err(`\nThe sandbox is ${state}. It goes; what it wrote stays, so look at it before you run it again.\n`);
        exposed.abort();
        return;
      }
      await sleep(ASK_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  try {
    return await work(AbortSignal.any([shell.signal, exposed.signal]));
  } finally {
    ended.abort();
    await looking;
  }
}
