import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { ended, startGit } from "./run-git.ts";
import type { GitCall } from "./run-git.ts";

/** An object as `git cat-file --batch` gives it. One above the reader's limit comes in pieces, to be read before the next. */
export type GitObject =
  | { readonly kind: "whole"; readonly oid: string; readonly size: number; readonly content: Buffer }
  | {
      readonly kind: "pieces";
      readonly oid: string;
      readonly size: number;
      readonly pieces: () => AsyncGenerator<Buffer>;
    };

/** Objects of up to this size are held in memory. */
export const WHOLE_OBJECT = 5 * 1024 * 1024;

/**
 * Reads many objects through one git, in the order asked for. `next` answers at once where git is ahead, which it is for
 * nearly all of a hundred thousand small files. A missing object is a CoopError.
 */
export class ObjectReader {
  readonly #call: Omit<GitCall, "args" | "input">;
  readonly #oids: readonly string[];
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable> | null;
  readonly #chunks: AsyncIterator<Buffer> | null;
  #ahead: Promise<IteratorResult<Buffer>> | null;
  #buffered: Buffer = Buffer.alloc(0);
  #at = 0;
  #asked = 0;

  constructor(call: Omit<GitCall, "args" | "input">, oids: readonly string[], signal: AbortSignal) {
    this.#call = call;
    this.#oids = oids;
    const full = { ...call, args: ["cat-file", "--batch", "--buffer"] };
    this.#child = oids.length === 0 ? null : startGit(full, signal);
    this.#chunks = this.#child?.stdout[Symbol.asyncIterator]() ?? null;
    // Reading must begin now: Node throws away what a program wrote that ended before anybody read.
    this.#ahead = this.#chunks?.next() ?? null;
    this.#ahead?.catch(() => undefined);
    if (this.#child === null) return;
    ended(this.#child, full).catch(() => undefined);
    this.#child.stdin.on("error", () => undefined);
    this.#child.stderr.resume();
    this.#child.stdin.end(`${oids.join("\n")}\n`);
  }

  /** The next object asked for. */
  next(): GitObject | Promise<GitObject> {
    return this.#parse() ?? this.#awaited();
  }

  close(): void {
    this.#child?.kill();
  }

  async #awaited(): Promise<GitObject> {
    for (;;) {
      const object = this.#parse();
      if (object !== null) return object;
      await this.#more();
    }
  }

  /** An object from what is buffered; null where more must come first. */
  #parse(): GitObject | null {
    const end = this.#buffered.indexOf(10, this.#at);
    if (end < 0) return null;
    const line = this.#buffered.toString("latin1", this.#at, end);
    const [oid = "", type, length] = line.split(" ");
    if (type === undefined || length === undefined) throw this.#missing();
    const size = Number(length);
    const start = end + 1;
    if (size > WHOLE_OBJECT) {
      this.#at = start;
      this.#asked += 1;
      return { kind: "pieces", oid, size, pieces: () => this.#pieces(size) };
    }
    if (this.#buffered.length < start + size + 1) return null;
    this.#at = start + size + 1;
    this.#asked += 1;
    return { kind: "whole", oid, size, content: this.#buffered.subarray(start, start + size) };
  }

  async *#pieces(size: number): AsyncGenerator<Buffer> {
    // The line end behind the content is taken with it.
    for (let left = size + 1; left > 0;) {
      if (this.#at === this.#buffered.length) await this.#more();
      const piece = this.#buffered.subarray(this.#at, this.#at + left);
      this.#at += piece.length;
      left -= piece.length;
      const content = left === 0 ? piece.subarray(0, -1) : piece;
      if (content.length > 0) yield content;
    }
  }

  async #more(): Promise<void> {
    const next = await (this.#ahead ?? this.#chunks?.next());
    this.#ahead = null;
    if (next === undefined || next.done === true) throw this.#missing();
    const rest = this.#buffered.subarray(this.#at);
    this.#buffered = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    this.#at = 0;
  }

  #missing(): CoopError {
    return new CoopError(
      "GIT_FAILED",
      `git could not ${this.#call.doing}: object ${this.#oids[this.#asked] ?? ""} is missing from the repository.`,
      {
        mend: "Fetch what a partial clone left out with `git fetch --refetch --no-filter`, or check the repository with `git fsck`.",
      },
    );
  }
}

/** Reads objects that are known to be few or small, each as a whole. */
export async function* readObjects(
  call: Omit<GitCall, "args" | "input">,
  oids: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<{ readonly oid: string; readonly content: Buffer }> {
  const reader = new ObjectReader(call, oids, signal);
  try {
    for (let left = oids.length; left > 0; left -= 1) {
      const object = await reader.next();
      if (object.kind === "whole") yield object;
      else {
        const pieces: Buffer[] = [];
        for await (const piece of object.pieces()) pieces.push(piece);
        yield { oid: object.oid, content: Buffer.concat(pieces) };
      }
    }
  } finally {
    reader.close();
  }
}
