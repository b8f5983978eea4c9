import type { SourceSpan } from "../diagnostics/source-span.ts";
import { spanBetween } from "./source-text.ts";
import type { SourceText } from "./source-text.ts";

/** Offsets of one entry: its key (for a list's item: the item) and its value. */
export type EntryPlace = readonly [keyStart: number, keyEnd: number, valueStart: number, valueEnd: number];

/** Where one mapping or list, and each of its entries, stands. */
interface ContainerPlace {
  readonly start: number;
  readonly end: number;
  /** By key; of a list by index. */
  readonly entries: Map<string, EntryPlace>;
}

/**
 * Where the parts of a parsed file stand in its text. Kept as offsets beside the plain values and made into lines and
 * columns only where someone asks.
 */
export class Places {
  readonly source: SourceText;
  readonly #containers = new Map<object, ContainerPlace>();

  constructor(source: SourceText) {
    this.source = source;
  }

  /** Makes room for a container's entries, or widens the one that it has, and gives the entries to be filled. */
  open(container: object, start: number, end: number): Map<string, EntryPlace> {
    const known = this.#containers.get(container);
    const entries = known?.entries ?? new Map<string, EntryPlace>();
    this.#containers.set(container, { start: Math.min(start, known?.start ?? start), end: Math.max(end, known?.end ?? end), entries });
    return entries;
  }

  /** Says that an item of a list stands at another index. */
  move(list: object, from: number, to: number): void {
    const entries = this.#containers.get(list)?.entries;
    const place = entries?.get(String(from));
    if (place !== undefined) entries?.set(String(to), place);
  }

  /** The whole of a mapping or list. */
  whole(container: object): SourceSpan {
    const place = this.#containers.get(container);
    return spanBetween(this.source, place?.start ?? 0, place?.end ?? 0);
  }

  /** What stands for the whole in a message: its first line. */
  head(container: object): SourceSpan {
    const place = this.#containers.get(container);
    if (place === undefined) return this.start();
    const newline = this.source.text.indexOf("\n", place.start);
    return spanBetween(this.source, place.start, newline === -1 ? place.end : Math.min(newline, place.end));
  }

  /** The file's first character. */
  start(): SourceSpan {
    return spanBetween(this.source, 0, 0);
  }

  /** An entry's key; the whole container where there is no such entry. */
  key(container: object, key: string | number): SourceSpan {
    const place = this.#containers.get(container)?.entries.get(String(key));
    return place === undefined ? this.whole(container) : spanBetween(this.source, place[0], place[1]);
  }

  /** An entry's value; the whole container where there is no such entry. */
  value(container: object, key: string | number): SourceSpan {
    const place = this.#containers.get(container)?.entries.get(String(key));
    return place === undefined ? this.whole(container) : spanBetween(this.source, place[2], place[3]);
  }

  /** An entry's value as the file spells it. */
  spelling(container: object, key: string | number): string {
    const place = this.#containers.get(container)?.entries.get(String(key));
    return place === undefined ? "" : this.source.text.slice(place[2], place[3]);
  }
}
