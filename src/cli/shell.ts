import type { ExecStreams } from "../backend/operations.ts";

/** What a command may use of the process it runs in. The real one is made in main.ts; tests make their own. */
export interface Shell {
  /** Writes to standard output: the answer. */
  readonly out: (text: string) => void;
  /** Writes to standard error: the conversation. */
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether standard output may carry colours. */
  readonly colours: boolean;
  /** Whether standard output is a terminal, which obeys what is written to it. */
  readonly terminal: boolean;
  /** Whether a person is there to be asked: standard input and standard error are terminals. */
  readonly interactive: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  /** The process's own streams for a command inside; `terminal` = with the person's terminal, where there is one. */
  readonly streams: (terminal: boolean) => ExecStreams;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** design.md §7. */
export const EXIT = {
  done: 0,
  failed: 1,
  changesPending: 2,
  invalidFile: 3,
  refusedByPolicy: 4,
  interrupted: 130,
} as const;

/** A process exit code; commands that carry a sandbox's own code through return any of 0..255. */
export type ExitCode = number;
