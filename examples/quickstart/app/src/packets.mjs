/** Puts one message of the PostgreSQL protocol together: a type byte (none for the first message), a length, a body. */
export function packet(type, ...parts) {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(`${part}\0`) : part)));
  const length = int32(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

export function int16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Cuts whole messages off the front of what has arrived; the rest stays for the next time. */
export function takeMessages(bytes) {
  const messages = [];
  let at = 0;
  while (bytes.length >= at + 5) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (bytes.length < end) break;
    messages.push({ type: String.fromCharCode(bytes[at]), body: bytes.subarray(at + 5, end) });
    at = end;
  }
  return { messages, rest: bytes.subarray(at) };
}

/** The columns that a RowDescription names, with the way to read each. */
export function columnsOf(body) {
  const columns = [];
  let at = 2;
  for (let left = body.readInt16BE(0); left > 0; left -= 1) {
    const end = body.indexOf(0, at);
    columns.push({ name: body.toString("utf8", at, end), number: INTEGERS.has(body.readInt32BE(end + 7)) });
    at = end + 19;
  }
  return columns;
}

/** One DataRow as an object. */
export function rowOf(body, columns) {
  const row = {};
  let at = 2;
  for (const { name, number } of columns) {
    const length = body.readInt32BE(at);
    at += 4;
    if (length === -1) {
      row[name] = null;
      continue;
    }
    const text = body.toString("utf8", at, at + length);
    row[name] = number ? Number(text) : text;
    at += length;
  }
  return row;
}

/** What an ErrorResponse says. */
export function errorOf(body) {
  const fields = new Map(
    body
      .toString("utf8")
      .split("\0")
      .filter((field) => field !== "")
      .map((field) => [field[0], field.slice(1)]),
  );
  return Object.assign(new Error(`Postgres: ${fields.get("M")}`), { code: fields.get("C") });
}

// int8, int2, int4.
const INTEGERS = new Set([20, 21, 23]);
