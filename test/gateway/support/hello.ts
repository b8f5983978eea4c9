/** A ClientHello as bytes, with whatever is wanted in it. */
export interface HelloShape {
  /** Null = no server_name extension; several = several names in it. */
  readonly names: readonly string[] | null;
  /** Bytes of handshake in one record. */
  readonly recordBytes?: number;
  readonly extensionTwice?: boolean;
  readonly nameType?: number;
}

export function clientHello(shape: HelloShape): Buffer {
  const names = (shape.names ?? []).map((name) =>
    Buffer.concat([Buffer.from([shape.nameType ?? 0]), vector(2, Buffer.from(name, "latin1"))]),
  );
  const serverName = Buffer.concat([Buffer.from([0, 0]), vector(2, vector(2, Buffer.concat(names)))]);
  const extensions =
    shape.names === null ? [] : shape.extensionTwice === true ? [serverName, serverName] : [serverName];
  const groups = Buffer.concat([Buffer.from([0, 10]), vector(2, vector(2, Buffer.from([0, 29])))]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(0)),
    vector(2, Buffer.from([0x13, 1])),
    vector(1, Buffer.from([0])),
    vector(2, Buffer.concat([groups, ...extensions])),
  ]);
  const handshake = Buffer.concat([Buffer.from([1]), vector(3, body)]);
  const size = shape.recordBytes ?? 16_384;
  const records: Buffer[] = [];
  for (let at = 0; at < handshake.length; at += size) {
    records.push(Buffer.concat([Buffer.from([22, 3, 1]), vector(2, handshake.subarray(at, at + size))]));
  }
  return Buffer.concat(records);
}

function vector(lengthBytes: number, content: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}
