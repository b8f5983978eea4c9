import { type FSWatcher, watch } from "node:fs";

const SETTLE_MS = 15;
const POLL_MS = 2000;
const REWATCH_MS = 1000;

/**
 * Calls back when the directory may have changed: by inotify on the directory (a file that is replaced has no watch of
 * its own), and by a slow clock for file systems that tell nothing. Returns how to stop.
 */
export function watchPolicy(directory: string, changed: () => void): () => void {
  let stopped = false;
  let watcher: FSWatcher | null = null;
  let settling: NodeJS.Timeout | null = null;
  const soon = (): void => {
    settling ??= setTimeout(() => {
      settling = null;
      changed();
    }, SETTLE_MS);
  };
  const start = (): void => {
    if (stopped) return;
    const again = (): void => {
      watcher?.close();
      watcher = null;
      setTimeout(start, REWATCH_MS).unref();
    };
    try {
      watcher = watch(directory, soon);
      watcher.on("error", again);
    } catch {
      again();
    }
  };
  start();
  const poll = setInterval(changed, POLL_MS);
  return () => {
    stopped = true;
    watcher?.close();
    clearInterval(poll);
    if (settling !== null) clearTimeout(settling);
  };
}
