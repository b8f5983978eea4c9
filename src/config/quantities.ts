const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** `2s` → 2000. The schema admits nothing else. */
export function millisecondsOf(duration: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h)$/u.exec(duration) ?? [];
  if (unit !== "ms" && unit !== "s" && unit !== "m" && unit !== "h") throw new Error(`${duration} is not a duration`);
  return Number(count) * MILLISECONDS[unit];
}

/** `4GiB` → bytes. The schema admits nothing else. */
export function bytesOf(size: string): number {
  const [, count, unit] = /^(\d+)(KiB|MiB|GiB|TiB)$/u.exec(size) ?? [];
  if (unit !== "KiB" && unit !== "MiB" && unit !== "GiB" && unit !== "TiB") throw new Error(`${size} is not a size`);
  return Number(count) * BYTES[unit];
}

/** The duration that a misspelled one most likely means. */
export function proposedDuration(written: string): string | null {
  const [, count, unit] = /^(\d{1,9})\s*([a-z]*)$/iu.exec(written.trim()) ?? [];
  if (count === undefined || unit === undefined) return null;
  const short = unit.toLowerCase();
  if (short === "" || /^s(?:ec(?:ond)?s?)?$/u.test(short)) return `${count}s`;
  if (/^(?:ms|msecs?|millis(?:econds?)?)$/u.test(short)) return `${count}ms`;
  if (/^m(?:in(?:ute)?s?)?$/u.test(short)) return `${count}m`;
  if (/^h(?:r|our)?s?$/u.test(short)) return `${count}h`;
  return /^d(?:ays?)?$/u.test(short) ? `${Number(count) * 24}h` : null;
}

/** The size that a misspelled one most likely means. */
export function proposedSize(written: string): string | null {
  const [, whole, fraction, unit] = /^(\d{1,9})(?:\.(\d{1,3}))?\s*([a-z]*)$/iu.exec(written.trim()) ?? [];
  const letter = (unit ?? "").charAt(0).toUpperCase();
  if (whole === undefined || !/^[kmgt]?i?b?$/iu.test(unit ?? "")) return null;
  if (fraction !== undefined) {
    const below = { M: "KiB", G: "MiB", T: "GiB" }[letter];
    return below === undefined ? null : `${Math.ceil(Number(`${whole}.${fraction}`) * 1024)}${below}`;
  }
  if (letter === "" || letter === "B") {
    // A plain number is bytes for one tool and mebibytes for the next: only large ones are clear.
    return Number(whole) >= BYTES.MiB ? `${Math.ceil(Number(whole) / BYTES.MiB)}MiB` : null;
  }
  return `${whole}${letter}iB`;
}
