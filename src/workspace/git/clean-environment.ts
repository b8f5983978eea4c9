import type { Host } from "./host.ts";

/** What git is told through its environment; keys are git configuration keys. */
export interface GitPlace {
  readonly gitDir: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  /** Objects are written here instead of into `gitDir`. */
  readonly objectFolder?: string;
  /** Objects are also read from here. */
  readonly alternates?: readonly string[];
  readonly config?: Readonly<Record<string, string>>;
}

/** Nothing of these may run whatever a repository's own configuration says. */
const NEUTRAL_CONFIG: Readonly<Record<string, string>> = {
  "core.fsmonitor": "false",
  "core.hooksPath": "/dev/null",
  "core.untrackedCache": "false",
  "core.alternateRefsCommand": "true",
  "core.pager": "cat",
  "core.askPass": "",
  "credential.helper": "",
  "diff.external": "",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "log.showSignature": "false",
  "protocol.allow": "never",
};

/**
 * An environment in which git reads no configuration of the user or the system, asks nobody, talks to nobody and runs
 * nothing. The repository is named outright, so none is searched for.
 */
export function cleanEnvironment(host: Host, place: GitPlace): Record<string, string> {
  const config = Object.entries({ ...NEUTRAL_CONFIG, ...place.config });
  return {
    ...passedThrough(host, ["PATH", "TMPDIR", "SYSTEMROOT"]),
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "",
    GIT_PAGER: "cat",
    GIT_EDITOR: "false",
    GIT_DIR: place.gitDir,
    ...(place.workTree === undefined ? {} : { GIT_WORK_TREE: place.workTree }),
    ...(place.indexFile === undefined ? {} : { GIT_INDEX_FILE: place.indexFile }),
    ...(place.objectFolder === undefined ? {} : { GIT_OBJECT_DIRECTORY: place.objectFolder }),
    ...(place.alternates === undefined
      ? {}
      : { GIT_ALTERNATE_OBJECT_DIRECTORIES: place.alternates.map(quoted).join(":") }),
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
  };
}

/** The environment for reading the user's own git settings, which runs nothing either. */
export function settingsEnvironment(host: Host, gitDir: string): Record<string, string> {
  return {
    ...passedThrough(host, ["PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"]),
    LC_ALL: "C",
    GIT_DIR: gitDir,
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** A path as git's lists of object folders take it: quoted like C, since a bare one may not hold `:` or `#`. */
export function quoted(path: string): string {
  const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, "0")}`;
  const bytes = [...Buffer.from(path, "utf8")];
  return `"${bytes.map((byte) => (byte < 32 || byte > 126 || byte === 34 || byte === 92 ? octal(byte) : String.fromCodePoint(byte))).join("")}"`;
}

function passedThrough(host: Host, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (host.environment[name] === undefined ? [] : [[name, host.environment[name]]])),
  );
}
