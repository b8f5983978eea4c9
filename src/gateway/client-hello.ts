/** What the front of a TLS connection says, or that more bytes are needed, or that it is no such thing. */
export type ClientHello =
  | { readonly kind: "more" }
  | { readonly kind: "hello"; readonly serverName: string | null }
  | { readonly kind: "refused"; readonly reason: string };

/** No client sends a longer one; a post-quantum hello has about 2 KiB. */
export const CLIENT_HELLO_LIMIT = 32 * 1024;

const MAX_RECORDS = 256;

/** Reads the ClientHello at the front of `bytes`, also one that is spread over records. Never throws. */
export function parseClientHello(bytes: Buffer): ClientHello {
  const message = handshakeMessage(bytes);
  if (message.kind !== "message") return message;
  const name = serverNameOf(new Cursor(message.body));
  if (name.kind === "refused") return name;
  return { kind: "hello", serverName: name.value };
}

type Message = { readonly kind: "message"; readonly body: Buffer } | { readonly kind: "more" } | Refused;
interface Refused {
  readonly kind: "refused";
  readonly reason: string;
}

function handshakeMessage(bytes: Buffer): Message {
  const fragments: Buffer[] = [];
  let gathered = 0;
  let at = 0;
  while (true) {
    if (fragments.length > MAX_RECORDS) return refused("too many records");
    if (bytes.length > at && bytes[at] !== 22) return refused("not a TLS handshake");
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return refused("not a TLS version");
    if (bytes.length < at + 5) return at + 5 > CLIENT_HELLO_LIMIT ? refused("too long") : { kind: "more" };
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_384) return refused("a record of a wrong length");
    const fragment = bytes.subarray(at + 5, at + 5 + length);
    fragments.push(fragment);
    gathered += fragment.length;
    const start = Buffer.concat(fragments, Math.min(gathered, 4));
    if (start.length > 0 && start[0] !== 1) return refused("not a ClientHello");
    if (gathered >= 4) {
      const wanted = start.readUIntBE(1, 3);
      if (wanted > CLIENT_HELLO_LIMIT) return refused("too long");
      if (gathered >= 4 + wanted) return { kind: "message", body: Buffer.concat(fragments).subarray(4, 4 + wanted) };
    }
    if (fragment.length < length || bytes.length >= CLIENT_HELLO_LIMIT) {
      return bytes.length >= CLIENT_HELLO_LIMIT ? refused("too long") : { kind: "more" };
    }
    at += 5 + length;
  }
}

type ServerName = { readonly kind: "value"; readonly value: string | null } | Refused;

function serverNameOf(hello: Cursor): ServerName {
  hello.skip(2 + 32);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  if (hello.failed) return refused("a broken ClientHello");
  if (hello.left === 0) return { kind: "value", value: null };
  const extensions = new Cursor(hello.vector(2));
  if (hello.failed || hello.left !== 0) return refused("a broken ClientHello");
  const seen = new Set<number>();
  let name: string | null = null;
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const body = extensions.vector(2);
    if (extensions.failed) return refused("a broken extension");
    if (seen.has(type)) return refused("an extension twice");
    seen.add(type);
    if (type !== 0) continue;
    const read = hostNameOf(body);
    if (read === null) return refused("a broken server name");
    name = read;
  }
  return { kind: "value", value: name };
}

/** The server_name extension must hold exactly one name, and that of type host_name. */
function hostNameOf(extension: Buffer): string | null {
  const outer = new Cursor(extension);
  const list = new Cursor(outer.vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  if (outer.failed || outer.left !== 0 || list.failed || list.left !== 0 || type !== 0 || name.length === 0)
    return null;
  const text = name.toString("latin1");
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** Reads forwards; reading too far sets `failed` and gives zeros. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;
  failed = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    if (count > this.left) this.failed = true;
    else this.#at += count;
  }

  number(bytes: 1 | 2): number {
    if (bytes > this.left) {
      this.failed = true;
      return 0;
    }
    const value = this.#bytes.readUIntBE(this.#at, bytes);
    this.#at += bytes;
    return value;
  }

  vector(lengthBytes: 1 | 2): Buffer {
    const length = this.number(lengthBytes);
    if (this.failed || length > this.left) {
      this.failed = true;
      return Buffer.alloc(0);
    }
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }
}

function refused(reason: string): Refused {
  return { kind: "refused", reason };
}
