import type { Readable, Writable } from "node:stream";
import type { Remnant } from "./leftovers.ts";

/** What people do with what runs, besides making it equal to the file. One per backend. */
export interface Operations {
  /** The project's sandboxes, services and gateway, running or not, sorted by name. */
  list(project: string): Promise<readonly NamedObject[]>;
  /** Runs a command inside, as the sandbox's user and with its environment; gives its exit code. */
  exec(object: NamedObject, request: ExecRequest, signal: AbortSignal): Promise<number>;
  /** Gives what an object prints, line by line; ends with the log, or at the signal when following. */
  logs(object: NamedObject, options: LogOptions, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** Starts a container without a network, with one workspace mounted, that has git; gives a handle for `execIn`. */
  openHelper(request: HelperRequest): Promise<string>;
  closeHelper(handle: string): Promise<void>;
  /** As `exec`, in an object that is only known by its handle. */
  execIn(handle: string, request: ExecRequest, signal: AbortSignal): Promise<number>;
  /** Session sandboxes of a project, with who opened them. */
  sessions(project: string): Promise<readonly Session[]>;
  /** Removes every object of one session, its volumes included. */
  removeSession(project: string, session: string): Promise<void>;
  /** The workspace volumes of a project, by the name of their sandbox, whether that runs or not. */
  workspaces(project: string): Promise<readonly WorkspaceVolume[]>;
  /** Everything on the engine that any coop made, of all projects. */
  survey(): Promise<readonly Remnant[]>;
  /** Removes one of them; one that is gone already is as good. */
  removeRemnant(remnant: Remnant): Promise<void>;
}

export interface Session {
  /** `session-1a2b3c4d`. */
  readonly session: string;
  readonly name: string;
  /** As its label has it. */
  readonly owner: string;
}

export interface HelperRequest {
  readonly project: string;
  readonly volume: string;
  /** Where the workspace is mounted: the same path as in the sandbox. */
  readonly target: string;
  readonly image: string;
  readonly user: string;
}

export interface WorkspaceVolume {
  /** As in NamedObject. */
  readonly name: string;
  readonly volume: string;
}

/** Something that a person may name on a command line. */
export interface NamedObject {
  /** `coder`, `nightly.3`, `db`: how people call it. */
  readonly name: string;
  readonly role: "sandbox" | "service" | "gateway" | "session";
  /** The engine's own id. */
  readonly handle: string;
  readonly running: boolean;
}

export interface ExecRequest {
  readonly command: readonly string[];
  /** Null = the container's own. */
  readonly user: string | null;
  readonly streams: ExecStreams;
}

/** Where a command's input comes from and its output goes. A terminal carries both outputs as one. */
export interface ExecStreams {
  readonly stdin: Readable | null;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly terminal: Terminal | null;
}

/** A person's terminal, lent to a command inside. */
export interface Terminal {
  /** Takes keys as they are typed, or gives the terminal back. */
  setRaw(on: boolean): void;
  size(): { readonly rows: number; readonly columns: number };
  /** Calls back on every change of size, until the returned function is called. */
  onResize(changed: () => void): () => void;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Newest lines only; null = all. */
  readonly tail: number | null;
}

/** Holds one container still. */
export interface Freezer {
  /** Resolves when it is frozen, or does not run. */
  freeze(): Promise<void>;
  /** Resolves when the container is removed, or with the signal. */
  untilGone(signal: AbortSignal): Promise<void>;
}
