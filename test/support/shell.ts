import { Readable, Writable } from "node:stream";
import type { Shell } from "../../src/cli/shell.ts";

/** A shell that nobody sits at; what commands say is kept. */
export interface HeardShell extends Shell {
  /** All that went to standard error. */
  readonly said: () => string;
  readonly answered: () => string;
}

export function aShell(differences: Partial<Shell> = {}): HeardShell {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    environment: process.env,
    cwd: process.cwd(),
    colours: false,
    terminal: false,
    interactive: false,
    columns: 120,
    streams: () => ({ stdin: Readable.from([]), stdout: nowhere(), stderr: nowhere(), terminal: null }),
    signal: new AbortController().signal,
    ...differences,
    said: () => err.join(""),
    answered: () => out.join(""),
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
