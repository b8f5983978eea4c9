import { TAR_END, tarHeader, tarPadding } from "./tar-blocks.ts";
import type { TarEntry, TarOwner } from "./tar-blocks.ts";

const CHUNK = 1024 * 1024;

/**
 * Writes entries one after another as large chunks. Every folder is written once and before what lies in it, so that it
 * gets the owner and is not made by whoever unpacks.
 */
export class TarStream {
  readonly #owner: TarOwner;
  readonly #folders = new Set<string>();
  #chunk: Buffer = Buffer.allocUnsafe(CHUNK);
  #filled = 0;

  constructor(owner: TarOwner) {
    this.#owner = owner;
  }

  *folder(path: string, time: number): Generator<Buffer> {
    if (this.#folders.has(path)) return;
    if (path !== "") yield* this.folder(path.slice(0, Math.max(0, path.lastIndexOf("/"))), time);
    this.#folders.add(path);
    yield* this.#put(this.#header({ path: `./${path}${path === "" ? "" : "/"}`, kind: "folder", mode: 0o755, size: 0, time, target: "" }));
  }

  *link(path: string, target: string, time: number): Generator<Buffer> {
    yield* this.#parent(path, time);
    yield* this.#put(this.#header({ path: `./${path}`, kind: "link", mode: 0o777, size: 0, time, target }));
  }

  *file(path: string, content: Buffer, options: { readonly mode: number; readonly time: number }): Generator<Buffer> {
    yield* this.#parent(path, options.time);
    yield* this.#put(this.#header({ ...options, path: `./${path}`, kind: "file", size: content.length, target: "" }));
    yield* this.#put(content);
    yield* this.#zeros(tarPadding(content.length));
  }

  /** A file too large to be held; the pieces must add up to the size. */
  async *pieces(path: string, size: number, pieces: AsyncIterable<Buffer>, options: { readonly mode: number; readonly time: number }): AsyncGenerator<Buffer> {
    yield* this.#parent(path, options.time);
    yield* this.#put(this.#header({ ...options, path: `./${path}`, kind: "file", size, target: "" }));
    for await (const piece of pieces) yield* this.#put(piece);
    yield* this.#zeros(tarPadding(size));
  }

  *end(): Generator<Buffer> {
    yield* this.#put(TAR_END);
    yield this.#chunk.subarray(0, this.#filled);
  }

  *#parent(path: string, time: number): Generator<Buffer> {
    const at = path.lastIndexOf("/");
    if (at > 0) yield* this.folder(path.slice(0, at), time);
  }

  #header(entry: TarEntry): Buffer {
    return tarHeader(entry, this.#owner);
  }

  *#zeros(length: number): Generator<Buffer> {
    if (length > 0) yield* this.#put(TAR_END.subarray(0, length));
  }

  *#put(bytes: Buffer): Generator<Buffer> {
    let from = 0;
    while (from < bytes.length) {
      const taken = bytes.copy(this.#chunk, this.#filled, from);
      from += taken;
      this.#filled += taken;
      if (this.#filled < CHUNK) return;
      yield this.#chunk;
      this.#chunk = Buffer.allocUnsafe(CHUNK);
      this.#filled = 0;
    }
  }
}
