import { createHash } from "node:crypto";

/** Sizes of the files whose content is exactly what the index names. */
export type KnownSizes = ReadonlyMap<string, number>;

/**
 * Writes time and size of the copied files into an index, so that the first `git status` in the sandbox reads no file.
 * Entries without a known size keep zeros, which makes git compare their content. Versions 2 and 3.
 */
export function withStat(index: Buffer, sizes: KnownSizes, time: number, objectFormat: "sha1" | "sha256"): Buffer {
  const hashLength = objectFormat === "sha1" ? 20 : 32;
  const version = index.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new Error(`index version ${version} was not asked for`);
  const patched = Buffer.from(index);
  let at = 12;
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    const flags = at + 40 + hashLength;
    const name = flags + ((index.readUInt16BE(flags) & 0x4000) === 0 ? 2 : 4);
    const end = index.indexOf(0, name);
    const size = sizes.get(index.toString("latin1", name, end));
    if (size !== undefined) {
      patched.writeUInt32BE(time, at + 8);
      patched.writeUInt32BE(size % 0x1_0000_0000, at + 36);
    }
    at += (end - at + 8) & ~7;
  }
  const body = patched.subarray(0, patched.length - hashLength);
  createHash(objectFormat).update(body).digest().copy(patched, body.length);
  return patched;
}
