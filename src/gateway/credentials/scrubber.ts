import { type NeedleSearch, needleSearch } from "./needle-search.ts";
import { needlesOf } from "./needles.ts";

/** Takes a stream of bytes and gives it back as long as it was, with every form of a secret replaced. */
export interface Scrubber {
  /** What may go on now: all but the longest end that could be the beginning of a secret. */
  push(bytes: Buffer): Buffer;
  /** What was held back. */
  end(): Buffer;
}

/** What hides some secrets. Made once for a value, used for any number of answers. */
export interface SecretFilter {
  text(text: string): string;
  scrubber(): Scrubber;
}

export function secretFilter(secrets: readonly string[]): SecretFilter {
  const search = needleSearch(needlesOf(secrets));
  return {
    // Most headers are shorter than anything that is looked for.
    text: (text) =>
      text.length < search.shortest ? text : search.hide(Buffer.from(text, "latin1")).toString("latin1"),
    scrubber: () => streamScrubber(search),
  };
}

const NOTHING = Buffer.alloc(0);

/**
 * What is held back is kept as it came, since it may be the first half of an occurrence, and as it is hidden, since it may be
 * the second half of one that overlaps.
 */
function streamScrubber(search: NeedleSearch): Scrubber {
  let clear: Buffer = NOTHING;
  let hidden: Buffer = NOTHING;
  const hide = (bytes: Buffer): Buffer => {
    const result = search.hide(bytes);
    if (hidden.equals(clear)) return result;
    const both = result === bytes ? Buffer.from(bytes) : result;
    for (const [index, byte] of hidden.entries()) if (byte !== clear[index]) both[index] = byte;
    return both;
  };
  return {
    push(bytes) {
      const all = clear.length === 0 ? bytes : Buffer.concat([clear, bytes]);
      const result = hide(all);
      const from = all.length - search.openEnd(all);
      // Copies: the chunk itself belongs to whoever gave it.
      clear = from === all.length ? NOTHING : Buffer.from(all.subarray(from));
      hidden = from === all.length ? NOTHING : Buffer.from(result.subarray(from));
      return result.subarray(0, from);
    },
    end() {
      const last = hide(clear);
      clear = NOTHING;
      hidden = NOTHING;
      return last;
    },
  };
}
