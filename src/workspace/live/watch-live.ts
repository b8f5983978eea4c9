import { lstatSync, watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { join } from "node:path";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { IgnoreMatcher } from "../ignore/matcher.ts";
import { findHidden } from "./find-hidden.ts";
import type { LiveShadows } from "./live-shadows.ts";

/** A reason to freeze a sandbox that works on a live tree. */
export interface LiveEvent {
  /**
   * `lost-shadow`: a covered path, or a folder that holds covers, was replaced, and the new one is not covered.
   * `new-match`: something that must be hidden appeared. `rules-changed`: a `.coopignore` is not what it was.
   */
  readonly kind: "lost-shadow" | "new-match" | "rules-changed";
  readonly path: string;
}

export interface LiveWatchRequest {
  /** The work tree, symlinks resolved. */
  readonly root: string;
  readonly shadows: LiveShadows;
  readonly matcher: IgnoreMatcher;
  /** More folders than this are refused: a watch that misses some is none. */
  readonly maxFolders: number;
}

/**
 * Watches every folder of a live tree. Resolves when all watches stand; what happened before that is found by looking
 * once. The events go on until the signal fires. Each path is reported once a kind.
 */
export async function watchLive(request: LiveWatchRequest, signal: AbortSignal): Promise<AsyncIterable<LiveEvent>> {
  const live = new LiveWatch(request, signal);
  await live.start();
  return live.events();
}

class LiveWatch {
  readonly #request: LiveWatchRequest;
  readonly #signal: AbortSignal;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #identities: ReadonlyMap<string, string | null>;
  readonly #shadowed: ReadonlySet<string>;
  readonly #reported = new Set<string>();
  readonly #queue: LiveEvent[] = [];
  #failure: unknown = null;
  #wake: () => void = () => undefined;

  constructor(request: LiveWatchRequest, signal: AbortSignal) {
    this.#request = request;
    this.#signal = signal;
    const { shadows, mountPoints, repositories } = request.shadows;
    const guarded = [...shadows.map(({ path }) => path), ...mountPoints, ...repositories.map(({ path }) => path)];
    this.#identities = new Map(guarded.map((path) => [path, this.#identityOf(path)]));
    this.#shadowed = new Set(shadows.map(({ path }) => path));
    signal.addEventListener("abort", () => this.#close(), { once: true });
  }

  async start(): Promise<void> {
    await this.#take("");
    for (const path of this.#identities.keys()) this.#checkGuarded(path);
  }

  async *events(): AsyncGenerator<LiveEvent> {
    try {
      for (;;) {
        if (this.#failure !== null) throw this.#failure;
        const event = this.#queue.shift();
        if (event !== undefined) yield event;
        else if (this.#signal.aborted) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#close();
    }
  }

  /** Watches a folder and all below it, then looks what is in there: nothing can slip in between. */
  async #take(folder: string): Promise<void> {
    const { root, matcher, maxFolders } = this.#request;
    this.#watch(folder);
    for (;;) {
      const { hidden, folders } = await findHidden(root, folder, matcher, maxFolders, this.#signal);
      for (const { path } of hidden) this.#checkMatch(path);
      const unwatched = folders.filter((each) => !this.#watchers.has(each));
      if (unwatched.length === 0) return;
      for (const each of unwatched) this.#watch(each);
    }
  }

  #watch(folder: string): void {
    // A walk that began before the end.
    if (this.#signal.aborted) return;
    if (this.#watchers.size >= this.#request.maxFolders)
      return this.#fail(new Error(`more than ${this.#request.maxFolders} folders`));
    try {
      const watcher = watch(join(this.#request.root, folder), { persistent: true }, (what, name) =>
        this.#happened(folder, name, what === "rename"),
      );
      watcher.on("error", () => this.#forget(folder));
      // A folder that is taken once more has one already; left open, it would keep the process alive for ever.
      this.#watchers.get(folder)?.close();
      this.#watchers.set(folder, watcher);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // Gone again already: its parent's watch has told so.
      if (code !== "ENOENT" && code !== "ENOTDIR") this.#fail(cause);
      else this.#watchers.set(folder, NO_WATCHER);
    }
  }

  /** `entry`: the name was made, removed or moved, rather than its content changed. */
  #happened(folder: string, name: string | null, entry: boolean): void {
    if (name === null) {
      void this.#take(folder).catch((cause: unknown) => this.#fail(cause));
      return;
    }
    const path = folder === "" ? name : `${folder}/${name}`;
    if (name === ".coopignore") this.#report({ kind: "rules-changed", path });
    if (this.#identities.has(path) && entry) this.#report({ kind: "lost-shadow", path });
    const stats = lstatSync(join(this.#request.root, path), { throwIfNoEntry: false });
    if (stats === undefined) this.#forget(path);
    else if (stats.isDirectory() || stats.isSymbolicLink())
      void this.#takeNew(path, stats.isDirectory()).catch((cause: unknown) => this.#fail(cause));
    else if (this.#request.matcher.hides(path, false).kind === "hidden") this.#checkMatch(path);
  }

  async #takeNew(path: string, directory: boolean): Promise<void> {
    if (!directory) return this.#take(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    if (this.#request.matcher.hides(path, true).kind === "hidden") this.#checkMatch(path);
    else if (!path.split("/").includes(".git")) {
      this.#forget(path);
      await this.#take(path);
    }
  }

  #checkMatch(path: string): void {
    const parts = path.split("/");
    const covered = parts.some((_, at) => this.#shadowed.has(parts.slice(0, at + 1).join("/")));
    if (!covered) this.#report({ kind: "new-match", path });
  }

  #checkGuarded(path: string): void {
    const identity = this.#identities.get(path);
    if (identity === null || identity !== this.#identityOf(path)) this.#report({ kind: "lost-shadow", path });
  }

  /** Which file a path stands for: a mount covers this one, and not the next of the same name. Inode numbers come again. */
  #identityOf(path: string): string | null {
    const stats = lstatSync(join(this.#request.root, path), { throwIfNoEntry: false, bigint: true });
    return stats === undefined ? null : `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
  }

  #forget(folder: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }

  #report(event: LiveEvent): void {
    const key = `${event.kind} ${event.path}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#queue.push(event);
    this.#wake();
  }

  #fail(cause: unknown): void {
    if (this.#signal.aborted) return;
    this.#failure ??=
      cause instanceof CoopError
        ? cause
        : new CoopError(
            "FILE_UNREADABLE",
            "The live tree cannot be watched any more, so nobody would see a secret appear.",
            { cause, mend: "Raise fs.inotify.max_user_watches, or use `workspace: clone`." },
          );
    this.#wake();
  }

  #close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#wake();
  }
}

const NO_WATCHER = { close: () => undefined, on: () => undefined } as unknown as FSWatcher;
