import { setTimeout as sleep } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { Freezer } from "../../backend/operations.ts";
import { isConflict, isNotFound } from "./engine-errors.ts";

const AGAIN_MS = 20;

/** Freezes one container by the engine's pause. */
export function dockerFreezer(docker: Dockerode, handle: string): Freezer {
  const container = docker.getContainer(handle);
  return {
    freeze: async () => {
      for (;;) {
        try {
          await container.pause();
          return;
        } catch (cause) {
          // Paused already, not running, or gone. Anything else may be the kernel's freezer, busy.
          if (isNotFound(cause) || isConflict(cause)) return;
          await sleep(AGAIN_MS);
        }
      }
    },
    untilGone: async (signal) => {
      while (!signal.aborted) {
        try {
          await container.wait({ condition: "removed", abortSignal: signal });
          return;
        } catch (cause) {
          if (isNotFound(cause)) return;
          await sleep(AGAIN_MS * 50, undefined, { signal }).catch(() => undefined);
        }
      }
    },
  };
}
