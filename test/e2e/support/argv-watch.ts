import { readFileSync, readdirSync } from "node:fs";

/** Reads the command lines of every process of this machine again and again; gives all that it has seen. */
export function watchCommandLines(): { readonly stop: () => readonly string[] } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const timer = setInterval(look, 40);
  return {
    stop: () => {
      look();
      clearInterval(timer);
      return [...seen];
    },
  };
}
