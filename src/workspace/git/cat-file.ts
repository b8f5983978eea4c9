import type { Readable } from "node:stream";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { ended, startGit } from "./run-git.ts";
import type { GitCall } from "./run-git.ts";

/** An object as `git cat-file --batch` gives it; the content comes in pieces and must be read before the next object. */
export interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly size: number;
  readonly content: () => AsyncGenerator<Buffer>;
}

/** Reads many objects through one git, in the order asked for. A missing object is a CoopError. */
export async function* readObjects(call: Omit<GitCall, "args" | "input">, oids: readonly string[], signal: AbortSignal): AsyncGenerator<GitObject> {
  if (oids.length === 0) return;
  const full = { ...call, args: ["cat-file", "--batch", "--buffer"] };
  const child = startGit(full, signal);
  const end = ended(child, full);
  end.catch(() => undefined);
  child.stdin.on("error", () => undefined);
  child.stdin.end(`${oids.join("\n")}\n`);
  child.stderr.resume();
  const input = new PieceReader(child.stdout);
  try {
    for (const asked of oids) {
      const [oid, type, length] = (await input.line()).split(" ");
      if (oid === undefined || type === undefined || length === undefined) throw missing(call.doing, asked);
      let left = Number(length);
      const content = async function* (): AsyncGenerator<Buffer> {
        while (left > 0) {
          const piece = await input.upTo(left);
          left -= piece.length;
          yield piece;
        }
      };
      yield { oid, type, size: Number(length), content };
      if (left > 0) throw new Error(`object ${oid} was not read to its end`);
      await input.upTo(1);
    }
    await end;
  } finally {
    child.kill();
  }
}

/** The whole content of an object that is known to be small. */
export async function wholeContent(object: GitObject): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of object.content()) pieces.push(piece);
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

function missing(doing: string, oid: string): CoopError {
  return new CoopError("GIT_FAILED", `git could not ${doing}: object ${oid} is missing from the repository.`, {
    mend: "Fetch what a partial clone left out with `git fetch --refetch --no-filter`, or check the repository with `git fsck`.",
  });
}

/** Cuts a stream into lines and lengths without copying. */
class PieceReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The text up to the next line end. Empty when the stream ended. */
  async line(): Promise<string> {
    for (;;) {
      const at = this.#rest.indexOf(10);
      if (at >= 0) {
        const line = this.#rest.toString("latin1", 0, at);
        this.#rest = this.#rest.subarray(at + 1);
        return line;
      }
      const next = await this.#chunks.next();
      if (next.done === true) return "";
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
  }

  /** At least one byte and at most `length`. */
  async upTo(length: number): Promise<Buffer> {
    if (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new CoopError("GIT_FAILED", "git ended in the middle of an object.");
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}
