import { Transform, type TransformCallback } from "node:stream";
import { type ChunkChain, ChunkSigner } from "./chunk-signatures.ts";

/** What one chunk may keep in memory until it can be signed, as its signature stands in front of it. */
export interface Keep {
  /** False = there is no more room. */
  readonly take: (bytes: number) => boolean;
  readonly giveBack: (bytes: number) => void;
}

/** Why a body cannot be signed again; the message is for people. */
export class UnsignableBody extends Error {}

/** AWS's own clients send some 64 to 128 KiB in each. */
const CHUNK_BYTES = 16 * 1024 * 1024;
const LINE_BYTES = 8 * 1024;
const TRAILERS = 16;

/**
 * A body whose chunks are signed (`aws-chunked`), with a signature of the real key in the place of each: as many bytes as came,
 * every chunk sent as soon as it is whole. Whatever has another shape is an UnsignableBody.
 */
export function resignChunks(chain: ChunkChain, withTrailers: boolean, keep: Keep): Transform {
  return new ChunkResigner(new ChunkSigner(chain), withTrailers, keep);
}

class ChunkResigner extends Transform {
  readonly #signer: ChunkSigner;
  readonly #withTrailers: boolean;
  readonly #keep: Keep;
  #part: "head" | "data" | "data-end" | "trailers" | "last" | "over" = "head";
  /** Of a line that is not whole yet. */
  #line: Buffer = Buffer.alloc(0);
  /** Of the chunk that is being read: its size as it was written, what came of it, what is missing. */
  #size = "";
  #pieces: Buffer[] = [];
  #missing = 0;
  #kept = 0;
  readonly #trailers: string[] = [];

  constructor(signer: ChunkSigner, withTrailers: boolean, keep: Keep) {
    super();
    this.#signer = signer;
    this.#withTrailers = withTrailers;
    this.#keep = keep;
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (let rest = bytes; rest.length > 0;) rest = this.#part === "data" ? this.#data(rest) : this.#lines(rest);
      done();
    } catch (error) {
      if (!(error instanceof UnsignableBody)) throw error;
      done(error);
    }
  }

  override _flush(done: TransformCallback): void {
    // Some clients leave the last line's end away.
    const whole = this.#part === "over" || (this.#part === "last" && this.#line.length === 0);
    done(whole ? null : new UnsignableBody("its body ends in the middle"));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#forget();
    done(error);
  }

  #data(bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, this.#missing);
    this.#pieces.push(taken);
    this.#missing -= taken.length;
    if (this.#missing === 0) {
      this.#send();
      this.#part = "data-end";
    }
    return bytes.subarray(taken.length);
  }

  #lines(bytes: Buffer): Buffer {
    if (this.#part === "over") throw new UnsignableBody("something stands behind its last chunk");
    // The end of a line may come in two pieces.
    const known = Buffer.concat([this.#line, bytes.subarray(0, LINE_BYTES + 2)]);
    const end = known.indexOf("\r\n");
    if (end === -1 && known.length > LINE_BYTES) throw new UnsignableBody("a line between its chunks is too long");
    if (end === -1) {
      this.#line = known;
      return Buffer.alloc(0);
    }
    const used = end + 2 - this.#line.length;
    this.#line = Buffer.alloc(0);
    this.#whole(known.toString("latin1", 0, end));
    return bytes.subarray(used);
  }

  #whole(line: string): void {
    if (this.#part === "head") return this.#head(line);
    if (this.#part === "trailers") return this.#trailer(line);
    if (line !== "") throw new UnsignableBody("something stands where one of its chunks should end");
    this.push("\r\n");
    this.#part = this.#part === "last" ? "over" : "head";
  }

  #head(line: string): void {
    const [, size = ""] = /^([0-9a-fA-F]{1,8});chunk-signature=[0-9a-f]{64}$/.exec(line) ?? [];
    if (size === "") throw new UnsignableBody("a chunk of its body does not begin with a size and a signature");
    const length = Number.parseInt(size, 16);
    if (length > CHUNK_BYTES) throw new UnsignableBody("a chunk of its body is longer than 16 MiB");
    if (!this.#keep.take(length)) throw new UnsignableBody("this sandbox has too many bodies under way");
    this.#kept = length;
    this.#size = size;
    this.#missing = length;
    this.#part = "data";
    if (length > 0) return;
    this.#send();
    this.#part = this.#withTrailers ? "trailers" : "last";
  }

  #send(): void {
    this.push(`${this.#size};chunk-signature=${this.#signer.chunk(this.#pieces)}\r\n`);
    for (const each of this.#pieces) this.push(each);
    this.#forget();
  }

  #trailer(line: string): void {
    if (/^x-amz-trailer-signature:[0-9a-f]{64}$/i.test(line)) {
      this.push(`x-amz-trailer-signature:${this.#signer.trailers(this.#trailers)}\r\n`);
      this.#part = "last";
      return;
    }
    // Some clients end each by a newline of its own.
    for (const each of line.split("\n").filter((part) => part !== "")) {
      const [, name = "", value = ""] = /^([A-Za-z0-9-]+):([\x20-\x7e\t]*)$/.exec(each) ?? [];
      if (name === "" || this.#trailers.length === TRAILERS)
        throw new UnsignableBody("what stands behind its last chunk is no checksum with a signature");
      this.#trailers.push(`${name.toLowerCase()}:${value.trim()}`);
    }
    this.push(`${line}\r\n`);
  }

  #forget(): void {
    this.#keep.giveBack(this.#kept);
    this.#kept = 0;
    this.#pieces = [];
  }
}
