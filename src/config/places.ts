import type { SourceSpan } from "../diagnostics/source-span.ts";
import { spanBetween } from "./source-text.ts";
import type { SourceText } from "./source-text.ts";

/** Offsets of one entry: its key (for a list's item: the item) and its value. */
export type EntryPlace = readonly [keyStart: number, keyEnd: number, valueStart: number, valueEnd: number];

/** Where one mapping or list stands, and its entries: four offsets each, in the order of `keys`. */
interface ContainerPlace {
  start: number;
  end: number;
  /** Null for a list, of which the keys are the indices. */
  readonly keys: string[] | null;
  readonly offsets: number[];
  /** Made when a large mapping is first asked. */
  index: Map<string, number> | null;
}

/** Up to here looking through the keys is faster than an index. */
const SMALL = 12;

/**
 * Where the parts of a parsed file stand in its text. Kept as plain offsets beside the plain values and made into lines
 * and columns only where someone asks.
 */
export class Places {
  readonly source: SourceText;
  readonly #containers = new Map<object, ContainerPlace>();

  constructor(source: SourceText) {
    this.source = source;
  }

  /** Takes a container in, or widens what is known of it. */
  open(container: object, start: number, end: number): void {
    const known = this.#containers.get(container);
    if (known === undefined) {
      const keys = Array.isArray(container) ? null : [];
      this.#containers.set(container, { start, end, keys, offsets: [], index: null });
      return;
    }
    known.start = Math.min(start, known.start);
    known.end = Math.max(end, known.end);
  }

  /** Takes the next entry of an open container in. */
  add(container: object, key: string, place: EntryPlace): void {
    const known = this.#containers.get(container);
    known?.keys?.push(key);
    known?.offsets.push(place[0], place[1], place[2], place[3]);
  }

  /** Says that an item of a list stands at another, lower index. */
  move(list: object, from: number, to: number): void {
    this.#containers.get(list)?.offsets.copyWithin(to * 4, from * 4, from * 4 + 4);
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
    return this.#span(container, key, 0);
  }

  /** An entry's value; the whole container where there is no such entry. */
  value(container: object, key: string | number): SourceSpan {
    return this.#span(container, key, 2);
  }

  /** An entry's value as the file spells it. */
  spelling(container: object, key: string | number): string {
    const known = this.#containers.get(container);
    const at = known === undefined ? -1 : indexOf(known, key);
    return known === undefined || at < 0
      ? ""
      : this.source.text.slice(known.offsets[at * 4 + 2], known.offsets[at * 4 + 3]);
  }

  #span(container: object, key: string | number, part: 0 | 2): SourceSpan {
    const known = this.#containers.get(container);
    const at = known === undefined ? -1 : indexOf(known, key);
    if (known === undefined || at < 0) return this.whole(container);
    return spanBetween(this.source, known.offsets[at * 4 + part] ?? 0, known.offsets[at * 4 + part + 1] ?? 0);
  }
}

function indexOf(place: ContainerPlace, key: string | number): number {
  if (place.keys === null) return Number(key) * 4 < place.offsets.length ? Number(key) : -1;
  if (place.keys.length <= SMALL) return place.keys.indexOf(String(key));
  place.index ??= new Map(place.keys.map((each, index) => [each, index]));
  return place.index.get(String(key)) ?? -1;
}
