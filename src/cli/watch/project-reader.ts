import { isAbsolute, join, resolve } from "node:path";
import { attemptLoad } from "../../config/load.ts";
import type { LoadedProject } from "../../config/load.ts";
import { readProviders } from "../../providers/own-providers.ts";
import type { FileReading } from "../../reconcile/follow.ts";
import { fingerprintOf } from "../../sources/file-fingerprint.ts";
import type { FileWatch } from "../../sources/watch-files.ts";
import type { Shell } from "../shell.ts";
import { settingsFolder } from "../user-folders.ts";

/** A project's file as it last stood still. Nothing is read anew while it is being written. */
export class ProjectReader {
  readonly #file: string;
  readonly #path: string;
  readonly #shell: Shell;
  readonly #watch: FileWatch;
  #known: { readonly fingerprint: string; readonly reading: FileReading<LoadedProject> } | null = null;

  /** `file`: as the user names it, from the shell's folder. */
  constructor(file: string, shell: Shell, watch: FileWatch) {
    this.#file = file;
    this.#path = resolve(shell.cwd, file);
    this.#shell = shell;
    this.#watch = watch;
    watch.follow([this.#path]);
  }

  async read(): Promise<FileReading<LoadedProject>> {
    const fingerprint = fingerprintOf(this.#path);
    const known = this.#known;
    if (known !== null && (known.fingerprint === fingerprint || this.#watch.settled(this.#path) !== fingerprint))
      return known.reading;
    const reading = this.#load();
    // What was written between the two looks is read when it stands still.
    if (known !== null && fingerprintOf(this.#path) !== fingerprint) return known.reading;
    this.#known = { fingerprint, reading };
    if (reading.kind === "good") this.#watch.follow([this.#path, ...dependencies(reading.file, this.#shell)]);
    return reading;
  }

  #load(): FileReading<LoadedProject> {
    const { cwd, environment } = this.#shell;
    const { result, text } = attemptLoad(this.#file, cwd, readProviders(settingsFolder(environment)));
    if (result.ok) return { kind: "good", file: result.value, project: result.value.model.project };
    return { kind: "bad", problem: { diagnostics: result.diagnostics, message: "", text } };
  }
}

/** What else a file's meaning hangs on: ignore rules, prompts, Dockerfiles, roots, tasks, and the user's own grants. */
function dependencies({ model, path, root }: LoadedProject, shell: Shell): readonly string[] {
  const named = (relative: string): string => (isAbsolute(relative) ? relative : join(path, "..", relative));
  const found = model.agents.flatMap(({ image, run }) => [
    ...(image.source.kind === "dockerfile" ? [named(image.source.path)] : []),
    ...(run.kind === "cli" && run.prompt.kind === "file" ? [named(run.prompt.path)] : []),
  ]);
  const tasks = model.fleets.flatMap(({ work }) => (work.kind === "tasks" ? [named(folderOfGlob(work.glob))] : []));
  const trust = model.egress.trust === null ? [] : [named(model.egress.trust)];
  return [...new Set([join(root, ".coopignore"), settingsFolder(shell.environment), ...found, ...tasks, ...trust])];
}

function folderOfGlob(glob: string): string {
  const parts = glob.split("/");
  const wild = parts.findIndex((each) => /[*?[{]/.test(each));
  return parts.slice(0, wild === -1 ? -1 : wild).join("/") || ".";
}
