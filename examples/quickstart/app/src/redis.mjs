import { connect } from "node:net";

/** One connection to Redis, in its own protocol (RESP 2). Answers come in the order of the questions. */
export class Redis {
  #socket;
  #received = Buffer.alloc(0);
  #waiting = [];
  #broken = null;

  static async open(url) {
    const { password, hostname, port } = new URL(url);
    const redis = new Redis(connect({ host: hostname, port: Number(port || 6379), noDelay: true }));
    if (password !== "") await redis.command("AUTH", decodeURIComponent(password));
    return redis;
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("Redis: the connection is closed.")));
  }

  command(...words) {
    return new Promise((resolve, reject) => {
      if (this.#broken !== null) return reject(this.#broken);
      this.#waiting.push({ resolve, reject });
      const parts = words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`);
      this.#socket.write(`*${words.length}\r\n${parts.join("")}`);
    });
  }

  close() {
    this.#socket.end();
  }

  #receive(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (let reply = parse(this.#received); reply !== null; reply = parse(this.#received)) {
      this.#received = this.#received.subarray(reply.length);
      const asked = this.#waiting.shift();
      if (reply.error === undefined) asked?.resolve(reply.value);
      else asked?.reject(new Error(`Redis: ${reply.error}`));
    }
  }

  #fail(error) {
    this.#broken ??= error;
    for (const asked of this.#waiting.splice(0)) asked.reject(this.#broken);
  }
}

/** One whole reply at the front of the bytes, or null until there is one. Lists are not needed here. */
function parse(bytes) {
  const end = bytes.indexOf("\r\n");
  if (end === -1) return null;
  const text = bytes.toString("utf8", 1, end);
  const line = end + 2;
  switch (String.fromCharCode(bytes[0])) {
    case "+":
      return { length: line, value: text };
    case "-":
      return { length: line, error: text };
    case ":":
      return { length: line, value: Number(text) };
    case "$": {
      const size = Number(text);
      if (size === -1) return { length: line, value: null };
      if (bytes.length < line + size + 2) return null;
      return { length: line + size + 2, value: bytes.toString("utf8", line, line + size) };
    }
    default:
      return { length: line, error: `a reply of an unknown kind: ${text}` };
  }
}
