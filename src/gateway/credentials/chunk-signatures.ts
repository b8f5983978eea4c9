import { createHash, createHmac } from "node:crypto";

/** What the signatures of a body's chunks go on from: that of the request's head, and what it was made with. */
export interface ChunkChain {
  /** Hex. */
  readonly seed: string;
  readonly secretAccessKey: string;
  /** `20130524T000000Z`. */
  readonly time: string;
  readonly region: string;
  readonly service: string;
}

/** Signs the chunks of one body in their order, each over the one before it. */
export class ChunkSigner {
  readonly #key: Buffer;
  readonly #head: string;
  #before: string;

  constructor({ seed, secretAccessKey, time, region, service }: ChunkChain) {
    const date = time.slice(0, 8);
    const parts = [date, region, service, "aws4_request"];
    this.#key = parts.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretAccessKey}`));
    this.#head = `${time}\n${parts.join("/")}`;
    this.#before = seed;
  }

  /** Hex; `bytes` in their order. */
  chunk(bytes: readonly Buffer[]): string {
    return this.#signed("PAYLOAD", [sha256([]), sha256(bytes)]);
  }

  /** Hex, over the lines behind the last chunk: `name:value`, without their ends. */
  trailers(lines: readonly string[]): string {
    return this.#signed("TRAILER", [sha256([Buffer.from(lines.map((each) => `${each}\n`).join(""), "latin1")])]);
  }

  #signed(what: "PAYLOAD" | "TRAILER", hashes: readonly string[]): string {
    const text = [`AWS4-HMAC-SHA256-${what}`, this.#head, this.#before, ...hashes].join("\n");
    this.#before = hmac(this.#key, text).toString("hex");
    return this.#before;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(pieces: readonly Buffer[]): string {
  const hash = createHash("sha256");
  for (const each of pieces) hash.update(each);
  return hash.digest("hex");
}
