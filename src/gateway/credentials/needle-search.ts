/** Finds any of many byte strings in one pass. */
export interface NeedleSearch {
  /** The length of the shortest needle; infinite where there is none. */
  readonly shortest: number;
  /**
   * The same bytes with every byte of every occurrence replaced by one that is in no needle; the buffer itself, untouched, where there is none.
   */
  hide(bytes: Buffer): Buffer;
  /** How many of the last bytes may be the beginning of a needle that goes on behind them. */
  openEnd(bytes: Buffer): number;
}

/**
 * After Wu and Manber: a table says for each pair of bytes how far the search may leap, so that most bytes are never looked
 * at. The needles must not be empty.
 */
export function needleSearch(needles: readonly Buffer[]): NeedleSearch {
  const shortest = Math.min(...needles.map((each) => each.length));
  const longest = Math.max(0, ...needles.map((each) => each.length));
  const block = Math.min(2, shortest);
  const { leaps, buckets } = tablesOf(needles, shortest, block);
  const openEnd = openEndOf(needles, longest);
  const filler = fillerFor(needles);
  return {
    shortest,
    openEnd,
    hide(bytes) {
      if (needles.length === 0) return bytes;
      let hidden: Buffer | null = null;
      const { length } = bytes;
      let end = shortest - 1;
      while (end < length) {
        const key = block === 2 ? ((bytes[end - 1] ?? 0) << 8) | (bytes[end] ?? 0) : (bytes[end] ?? 0);
        const leap = leaps[key] ?? 0;
        if (leap > 0) {
          end += leap;
          continue;
        }
        const start = end - shortest + 1;
        for (const needle of buckets.get(key) ?? []) {
          if (start + needle.length > length) continue;
          if (bytes.compare(needle, 0, needle.length, start, start + needle.length) !== 0) continue;
          hidden ??= Buffer.from(bytes);
          hidden.fill(filler, start, start + needle.length);
        }
        end += 1;
      }
      return hidden ?? bytes;
    },
  };
}

interface Tables {
  /** By the last block of a window: how far to go; 0 = a needle may begin at the window. */
  readonly leaps: Uint8Array;
  readonly buckets: ReadonlyMap<number, readonly Buffer[]>;
}

function tablesOf(needles: readonly Buffer[], shortest: number, block: number): Tables {
  const leaps = new Uint8Array(block === 2 ? 65536 : 256).fill(Math.min(255, shortest - block + 1));
  const buckets = new Map<number, Buffer[]>();
  for (const needle of needles) {
    for (let end = block - 1; end < shortest; end += 1) {
      const key = block === 2 ? ((needle[end - 1] ?? 0) << 8) | (needle[end] ?? 0) : (needle[end] ?? 0);
      const leap = shortest - 1 - end;
      if (leap < (leaps[key] ?? 0)) leaps[key] = leap;
      if (leap === 0) buckets.set(key, [...(buckets.get(key) ?? []), needle]);
    }
  }
  return { leaps, buckets };
}

/** Steps through the automaton of Aho and Corasick, whose depth at the end is what is asked for. */
function openEndOf(needles: readonly Buffer[], longest: number): (bytes: Buffer) => number {
  const next: Map<number, number>[] = [new Map()];
  const depths: number[] = [0];
  // A whole needle is no beginning of itself: its last byte is left out.
  for (const needle of needles) {
    let state = 0;
    for (const byte of needle.subarray(0, -1)) {
      const known = next[state]?.get(byte);
      if (known !== undefined) {
        state = known;
        continue;
      }
      next[state]?.set(byte, next.length);
      depths.push((depths[state] ?? 0) + 1);
      state = next.length;
      next.push(new Map());
    }
  }
  const fallbacks = fallbacksOf(next);
  const first = new Uint8Array(256);
  for (const byte of next[0]?.keys() ?? []) first[byte] = 1;
  return (bytes) => {
    let state = 0;
    for (let index = Math.max(0, bytes.length - longest + 1); index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (state === 0 && first[byte] === 0) continue;
      let to = next[state]?.get(byte);
      while (to === undefined && state !== 0) {
        state = fallbacks[state] ?? 0;
        to = next[state]?.get(byte);
      }
      state = to ?? 0;
    }
    return depths[state] ?? 0;
  };
}

function fallbacksOf(next: readonly ReadonlyMap<number, number>[]): readonly number[] {
  const fallbacks = next.map(() => 0);
  const queue = [...(next[0]?.values() ?? [])];
  for (let at = 0; at < queue.length; at += 1) {
    const state = queue[at] ?? 0;
    for (const [byte, child] of next[state] ?? []) {
      let back = fallbacks[state] ?? 0;
      while (back !== 0 && next[back]?.get(byte) === undefined) back = fallbacks[back] ?? 0;
      fallbacks[child] = next[back]?.get(byte) ?? 0;
      queue.push(child);
    }
  }
  return fallbacks;
}

function fillerFor(needles: readonly Buffer[]): number {
  const candidates = [...Buffer.from("*#.~_^|")];
  const free = (byte: number): boolean => needles.every((needle) => !needle.includes(byte));
  return candidates.find(free) ?? Array.from({ length: 94 }, (_, index) => index + 33).find(free) ?? 0x20;
}
