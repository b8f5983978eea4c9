import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A Python package of one module, as pip installs it: a zip archive with three files of metadata. */
export function wheel(name: string, version: string, module: string): Buffer {
  const info = `${name}-${version}.dist-info`;
  const files = [
    { path: `${name}.py`, text: module },
    { path: `${info}/METADATA`, text: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n` },
    { path: `${info}/WHEEL`, text: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n" },
  ];
  const record = files.map(({ path, text }) => `${path},sha256=${urlSafe(text)},${Buffer.byteLength(text)}\n`).join("");
  return zip([...files, { path: `${info}/RECORD`, text: `${record}${info}/RECORD,,\n` }]);
}

function urlSafe(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

// Nothing is compressed.
function zip(files: readonly { readonly path: string; readonly text: string }[]): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const { path, text } of files) {
    const [name, bytes] = [Buffer.from(path), Buffer.from(text)];
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), facts, name, bytes]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), facts, place, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from("PK\x05\x06"), end]);
}
