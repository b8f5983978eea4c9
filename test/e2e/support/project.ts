import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { must, run } from "./command.ts";
import type { Ran, RunOptions } from "./command.ts";
import type { Scope } from "./scope.ts";

/** `bin/coop` of this checkout. */
export const COOP = resolve(import.meta.dirname, "../../../bin/coop");

/** A repository with a coop.yaml, as a user has it. */
export interface Project {
  readonly name: string;
  readonly root: string;
  /** The environment of its commands, with a home of its own. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A user's own: the variables that make coop heed no other. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs bin/coop in the repository. */
  readonly coop: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** `coop apply --yes`, which must succeed; gives what it printed. */
  readonly apply: () => Promise<string>;
  /** Writes coop.yaml anew. */
  readonly write: (file: FileValue) => void;
  readonly put: (files: Readonly<Record<string, string>>) => void;
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** The engine's name of one of its objects: `sandbox.coder.0`, `gateway`, `service.db`. */
  readonly named: (path: string) => string;
}

/** A coop.yaml as a value: JSON is YAML. */
export type FileValue = Readonly<Record<string, unknown>>;

export interface ProjectOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** What happens to the repository before its first commit. */
  readonly prepare?: (project: Project) => Promise<void>;
  /** Default: one that no other has. */
  readonly name?: string;
  /** Whether all that is there then is committed. Default: yes. */
  readonly commit?: boolean;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "ann@example.org",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "ann@example.org",
};

/** Makes a repository of its own; its containers, networks and volumes go with the scope. */
export async function aProject(scope: Scope, file: FileValue, options: ProjectOptions = {}): Promise<Project> {
  const name = options.name ?? scope.unique();
  const folder = mkdtempSync(join(tmpdir(), "coop-e2e-"));
  scope.later(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "repo");
  const home = join(folder, "home");
  mkdirSync(root);
  mkdirSync(home);
  // A home of its own: neither the user's settings nor their caches play a part.
  const env = {
    ...IDENTITY,
    HOME: home,
    XDG_CONFIG_HOME: undefined,
    XDG_CACHE_HOME: undefined,
    XDG_DATA_HOME: undefined,
    XDG_RUNTIME_DIR: undefined,
    XDG_STATE_HOME: undefined,
  };
  const coop = (args: readonly string[], runOptions: RunOptions = {}): Promise<Ran> =>
    run([COOP, ...args], { cwd: root, ...runOptions, env: { ...env, ...runOptions.env } });
  const git = (...args: readonly string[]): Promise<string> => must(["git", ...args], { cwd: root, env });
  const put = (files: Readonly<Record<string, string>>): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  };
  const write = (value: FileValue): void =>
    put({ "coop.yaml": `${JSON.stringify({ version: "coop/v1", project: name, ...value }, null, 2)}\n` });
  const project: Project = {
    name,
    root,
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1", ...env },
    environment: env,
    coop,
    apply: async () => {
      const applied = await coop(["apply", "--yes"]);
      if (applied.code !== 0) throw new Error(`coop apply ended with ${applied.code}:\n${applied.text}`);
      return applied.text;
    },
    write,
    put,
    git,
    named: (path) => `coop.${name}.${path}`,
  };
  write(file);
  put({ "README.md": "A repository.\n", ...options.files });
  await git("init", "-q", "-b", "main");
  await options.prepare?.(project);
  if (options.commit !== false) {
    await git("add", "-A");
    await git("commit", "-q", "-m", "First");
  }
  return project;
}
