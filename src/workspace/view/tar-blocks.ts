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

const BLOCK = 512;
const TYPE = { file: "0", folder: "5", link: "2" } as const satisfies Record<TarEntry["kind"], string>;

/** The header blocks of an entry, in GNU's form: names of any length and any bytes, sizes and ids without a limit. */
export function tarHeader(entry: TarEntry, owner: TarOwner): Buffer {
  const blocks: Buffer[] = [];
  if (entry.target.length > 100) blocks.push(longName("K", entry.target));
  if (entry.path.length > 100) blocks.push(longName("L", entry.path));
  blocks.push(header(entry, owner, TYPE[entry.kind]));
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks);
}

/** How many zero bytes follow a content of this size. */
export function tarPadding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** What closes an archive. */
export const TAR_END: Buffer = Buffer.alloc(BLOCK * 2);

function longName(type: string, name: string): Buffer {
  const bytes = Buffer.from(`${name}\0`, "latin1");
  const pseudo = { path: "././@LongLink", kind: "file", mode: 0, size: bytes.length, time: 0, target: "" } as const;
  return Buffer.concat([header(pseudo, { uid: 0, gid: 0 }, type), bytes, Buffer.alloc(tarPadding(bytes.length))]);
}

function header({ path, mode, size, time, target }: TarEntry, { uid, gid }: TarOwner, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(path.slice(0, 100), 0, "latin1");
  numberField(block, 100, 8, mode);
  numberField(block, 108, 8, uid);
  numberField(block, 116, 8, gid);
  numberField(block, 124, 12, size);
  numberField(block, 136, 12, time);
  block.fill(32, 148, 156);
  block.write(type, 156, "latin1");
  block.write(target.slice(0, 100), 157, "latin1");
  block.write("ustar  \0", 257, "latin1");
  let sum = 0;
  // Behind the last field there are only zeros.
  for (let at = 0; at < 265; at += 1) sum += block[at] ?? 0;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Octal where it fits, otherwise big-endian with the top bit set. */
function numberField(block: Buffer, at: number, length: number, value: number): void {
  const octal = value.toString(8);
  if (octal.length < length) {
    block.write(`${octal.padStart(length - 1, "0")}\0`, at, "latin1");
    return;
  }
  block.writeUInt8(0x80, at);
  block.writeBigUInt64BE(BigInt(value), at + length - 8);
  if (length === 8) block.writeUInt8(0x80 | (block[at] ?? 0), at);
}
