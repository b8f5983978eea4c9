import { LONG_NAME, LONG_TARGET, TAR_BLOCK, TAR_NAME, tarPadding, writeTarHeader } from "./tar-blocks.ts";
import type { TarEntry, TarOwner } from "./tar-blocks.ts";

const CHUNK = 1024 * 1024;
const ZEROS = Buffer.alloc(TAR_BLOCK * 2);

/** What the entries of one kind have in common. */
export interface TarFile {
  readonly mode: number;
  /** Seconds since the epoch. */
  readonly time: number;
}

/**
 * Writes entries one after another into large chunks, to be taken with `ready`. Every folder is written once and before
 * what lies in it, so that it gets the owner and is not made by whoever unpacks.
 */
export class TarStream {
  readonly #owner: TarOwner;
  readonly #folders = new Set<string>();
  #full: Buffer[] = [];
  #chunk: Buffer = Buffer.allocUnsafe(CHUNK);
  #filled = 0;

  constructor(owner: TarOwner) {
    this.#owner = owner;
  }

  folder(path: string, time: number): void {
    if (this.#folders.has(path)) return;
    if (path !== "") this.folder(path.slice(0, Math.max(0, path.lastIndexOf("/"))), time);
    this.#folders.add(path);
    this.#entry({ path: path === "" ? "./" : `./${path}/`, kind: "folder", mode: 0o755, size: 0, time, target: "" });
  }

  link(path: string, target: string, time: number): void {
    this.#parent(path, time);
    this.#entry({ path: `./${path}`, kind: "link", mode: 0o777, size: 0, time, target });
  }

  file(path: string, content: Buffer, options: TarFile): void {
    this.begin(path, content.length, options);
    this.#put(content);
    this.#put(ZEROS.subarray(0, tarPadding(content.length)));
  }

  /** Only the header of a file; `piece` follows until its size is reached, then `finish`. */
  begin(path: string, size: number, { mode, time }: TarFile): void {
    this.#parent(path, time);
    this.#entry({ path: `./${path}`, kind: "file", mode, size, time, target: "" });
  }

  piece(bytes: Buffer): void {
    this.#put(bytes);
  }

  finish(size: number): void {
    this.#put(ZEROS.subarray(0, tarPadding(size)));
  }

  end(): void {
    this.#put(ZEROS);
    this.#full.push(this.#chunk.subarray(0, this.#filled));
    this.#filled = 0;
  }

  /** The chunks that are complete, each handed out once. */
  ready(): readonly Buffer[] {
    if (this.#full.length === 0) return NOTHING;
    const full = this.#full;
    this.#full = [];
    return full;
  }

  #parent(path: string, time: number): void {
    const at = path.lastIndexOf("/");
    if (at > 0) this.folder(path.slice(0, at), time);
  }

  #entry(entry: TarEntry): void {
    if (entry.target.length > TAR_NAME) this.#long(LONG_TARGET, entry.target);
    if (entry.path.length > TAR_NAME) this.#long(LONG_NAME, entry.path);
    this.#header(entry);
  }

  #long(type: string, name: string): void {
    const bytes = Buffer.from(`${name}\0`, "latin1");
    this.#header({ path: "././@LongLink", kind: "file", mode: 0, size: bytes.length, time: 0, target: "" }, type);
    this.#put(bytes);
    this.finish(bytes.length);
  }

  /** Everything is padded to blocks and a chunk is made of blocks, so a header never crosses the end of one. */
  #header(entry: TarEntry, type?: string): void {
    writeTarHeader(this.#chunk, this.#filled, entry, this.#owner, type);
    this.#advance(TAR_BLOCK);
  }

  #put(bytes: Buffer): void {
    let from = 0;
    while (from < bytes.length) {
      const taken = bytes.copy(this.#chunk, this.#filled, from);
      from += taken;
      this.#advance(taken);
    }
  }

  #advance(length: number): void {
    this.#filled += length;
    if (this.#filled < CHUNK) return;
    this.#full.push(this.#chunk);
    this.#chunk = Buffer.allocUnsafe(CHUNK);
    this.#filled = 0;
  }
}

const NOTHING: readonly Buffer[] = [];
