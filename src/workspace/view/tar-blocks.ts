/** One entry of a tar archive. Paths and link targets are bytes, one character each. */
export interface TarEntry {
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  readonly mode: number;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly target: string;
}

export interface TarOwner {
  readonly uid: number;
  readonly gid: number;
}

export const TAR_BLOCK = 512;
/** What a name or a target of its own header may be long; longer ones come in an entry before theirs. */
export const TAR_NAME = 100;

/** The type of GNU's entries that carry a long name or a long target of the entry behind them. */
export const LONG_NAME = "L";
export const LONG_TARGET = "K";

const TYPE = { file: "0", folder: "5", link: "2" } as const satisfies Record<TarEntry["kind"], string>;
/** Behind this only zeros follow. */
const USED = 265;

/** Writes one header block in GNU's form: any bytes in names, sizes and ids without a limit. */
export function writeTarHeader(
  into: Buffer,
  at: number,
  entry: TarEntry,
  { uid, gid }: TarOwner,
  type: string = TYPE[entry.kind],
): void {
  into.fill(0, at, at + TAR_BLOCK);
  into.write(entry.path.slice(0, TAR_NAME), at, "latin1");
  numberField(into, at + 100, 8, entry.mode);
  numberField(into, at + 108, 8, uid);
  numberField(into, at + 116, 8, gid);
  numberField(into, at + 124, 12, entry.size);
  numberField(into, at + 136, 12, entry.time);
  into.fill(32, at + 148, at + 156);
  into.write(type, at + 156, "latin1");
  into.write(entry.target.slice(0, TAR_NAME), at + 157, "latin1");
  into.write("ustar  \0", at + 257, "latin1");
  let sum = 0;
  for (let byte = at; byte < at + USED; byte += 1) sum += into[byte] ?? 0;
  into.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
}

/** How many zero bytes follow a content of this size. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

/** Octal where it fits, otherwise big-endian with the top bit set. */
function numberField(into: Buffer, at: number, length: number, value: number): void {
  const octal = value.toString(8);
  if (octal.length < length) {
    into.write(octal.padStart(length - 1, "0"), at, "latin1");
    return;
  }
  into.writeBigUInt64BE(BigInt(value), at + length - 8);
  into.writeUInt8(0x80 | (length === 8 ? (into[at] ?? 0) : 0), at);
}
