/** Counts the answers on one connection: each a 200 with a Content-Length. */
export class AnswerReader {
  #head = "";
  /** Bytes of the body that are still to come; null = the head is being read. */
  #left: number | null = null;
  bytes = 0;

  /** How many answers became whole with these bytes. Throws where the head says anything else than 200. */
  push(chunk: Buffer): number {
    let whole = 0;
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === null) {
        const end = this.#endOfHead(rest);
        if (end === -1) return whole;
        rest = rest.subarray(end);
      }
      const taken = Math.min(this.#left ?? 0, rest.length);
      this.bytes += taken;
      this.#left = (this.#left ?? 0) - taken;
      rest = rest.subarray(taken);
      if (this.#left > 0) continue;
      this.#left = null;
      whole += 1;
    }
    return whole;
  }

  // Where the body begins in these bytes; -1 = not in them.
  #endOfHead(bytes: Buffer): number {
    const before = this.#head.length;
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end === -1) return -1;
    const head = this.#head.slice(0, end + 2);
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
    if (!head.startsWith("HTTP/1.1 200 ") || length === undefined) throw new Error(`not answered as expected: ${head}`);
    this.#left = Number(length);
    this.#head = "";
    return end + 4 - before;
  }
}
