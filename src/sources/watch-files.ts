import { realpathSync, watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../ports/clock.ts";
import { fingerprintOf } from "./file-fingerprint.ts";

export interface FileWatchRules {
  /** A file counts as written when it has been the same for so long. */
  readonly quietMs: number;
  /** Everything is looked at so often where no event comes: network file systems, and machines without watches left. */
  readonly pollMs: number;
}

export const FILE_WATCH: FileWatchRules = { quietMs: 50, pollMs: 2000 };

/** A watcher of the system for one folder. Throws where the system gives none. */
export type WatchFolder = (folder: string, changed: () => void, failed: (error: Error) => void) => { close(): void };

/**
 * Files that somebody edits, in whatever way: written in place, renamed over, swapped by a symbolic link, deleted and made again.
 * Their *folders* are watched, since a watch on a file stays with what was replaced; what counts is what the files hold, and only
 * once it has stopped moving: half a file is no file.
 */
export class FileWatch {
  readonly #clock: Clock;
  readonly #rules: FileWatchRules;
  readonly #tell: (problem: string) => void;
  readonly #watchFolder: WatchFolder;
  readonly #folders = new Map<string, { close(): void } | null>();
  readonly #settled = new Map<string, string>();
  readonly #moving = new Map<string, string>();
  #stirred: (() => void) | null = null;
  #isStirred = false;
  #told = false;

  /** `tell`: takes what a person should know of, once. */
  constructor(
    clock: Clock,
    tell: (problem: string) => void,
    rules: FileWatchRules = FILE_WATCH,
    watchFolder: WatchFolder = systemWatch,
  ) {
    this.#clock = clock;
    this.#tell = tell;
    this.#rules = rules;
    this.#watchFolder = watchFolder;
  }

  /** Which files and folders are watched from here on; what they hold now counts as settled. They need not be there. */
  follow(paths: readonly string[]): void {
    for (const path of paths) if (!this.#settled.has(path)) this.#settled.set(path, fingerprintOf(path));
    for (const path of this.#settled.keys()) if (!paths.includes(path)) this.#settled.delete(path);
    this.#watchAll();
  }

  /** The fingerprint of what a file held when it last stood still; null for one that is not followed. */
  settled(path: string): string | null {
    return this.#settled.get(path) ?? null;
  }

  /** Yields the paths of what holds something else than before, each time that all of it stands still. Ends at the signal. */
  async *edits(signal: AbortSignal): AsyncIterable<string> {
    try {
      while (!signal.aborted) {
        await this.#pause(signal);
        if (signal.aborted) return;
        this.#isStirred = false;
        yield* this.#changed();
      }
    } finally {
      for (const each of this.#folders.values()) each?.close();
      this.#folders.clear();
    }
  }

  // What differs from what is settled must be seen twice, a quiet time apart.
  #changed(): readonly string[] {
    const changed: string[] = [];
    for (const [path, settled] of this.#settled) {
      const found = fingerprintOf(path);
      if (found === settled) this.#moving.delete(path);
      else if (this.#moving.get(path) === found) {
        this.#moving.delete(path);
        this.#settled.set(path, found);
        changed.push(path);
      } else this.#moving.set(path, found);
    }
    // A link that was swapped leads to another folder.
    this.#watchAll();
    return changed;
  }

  #watchAll(): void {
    const wanted = new Set([...this.#settled.keys()].flatMap((path) => [path, dirname(path), dirname(real(path))]));
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher?.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    const lost = (error: unknown): void => {
      this.#folders.get(folder)?.close();
      // Not asked again for now: the poll sees to it.
      this.#folders.set(folder, null);
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (this.#told || !["ENOSPC", "EMFILE", "ENOMEM", "ENOSYS"].includes(code)) return;
      this.#told = true;
      const often = this.#rules.pollMs / 1000;
      this.#tell(`the system gives no watch for ${folder} (${code}): files are looked at every ${often} s instead`);
    };
    try {
      this.#folders.set(
        folder,
        this.#watchFolder(folder, () => this.#stir(), lost),
      );
    } catch (error) {
      lost(error);
      // What is not there yet is watched when it comes; its own folder tells.
      if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
        this.#folders.delete(folder);
    }
  }

  #stir(): void {
    this.#isStirred = true;
    this.#stirred?.();
  }

  // Until something stirs, or the pause is over. While something moves only time helps: it is looked at again in any case.
  async #pause(signal: AbortSignal): Promise<void> {
    const moves = this.#moving.size > 0;
    if (!moves && this.#isStirred) return;
    const stop = new AbortController();
    const ending = AbortSignal.any([signal, stop.signal]);
    const pauseMs = moves ? this.#rules.quietMs : this.#rules.pollMs;
    const stirred = new Promise<void>((resolve) => {
      if (!moves) this.#stirred = resolve;
    });
    await Promise.race([stirred, this.#clock.sleep(pauseMs, ending).catch(() => undefined)]);
    this.#stirred = null;
    stop.abort();
  }
}

function systemWatch(folder: string, changed: () => void, failed: (error: Error) => void): FSWatcher {
  const watcher = watch(folder, { persistent: false }, changed);
  watcher.on("error", failed);
  return watcher;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
