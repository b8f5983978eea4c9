import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { type Attack, echoes } from "./attack.ts";
import { SECRET } from "./victim.ts";

/** So that no coding leaves the key as it is. */
const MUCH = Array.from({ length: 300 }, (_, at) => `${at * 7919}:${(at * 104_729).toString(36)}`).join();

const HEADS = "a look at the heads of answers";
const BODIES = "a look at the bodies of answers";
const FORMS = "forms of a secret";

const inBody = (
  name: string,
  guard: Attack["guard"],
  write: (key: string) => string | Buffer,
  read: (body: Buffer) => string | Buffer,
): Attack =>
  echoes(
    name,
    guard,
    (key, response) => void response.end(write(key)),
    ({ body }) => read(body),
  );

const coded = (coding: string, write: (bytes: Buffer) => Buffer, read: (bytes: Buffer) => Buffer): Attack =>
  echoes(
    `in ${coding}`,
    "codings undone",
    (key, response) =>
      void response.writeHead(200, { "content-encoding": coding }).end(write(Buffer.from(`${MUCH}{"${key}"}`))),
    ({ body }) => read(body),
    { headers: ["Accept-Encoding", coding] },
  );

/** What a careless upstream shows. */
export const SHOWN: readonly Attack[] = [
  echoes(
    "in a header",
    HEADS,
    (key, response) => void response.writeHead(200, { "x-echo": `Bearer ${key}` }).end(),
    ({ head }) => head,
  ),
  echoes(
    "in the address of a redirect",
    HEADS,
    (key, response) => void response.writeHead(302, { location: `https://api.test/?k=${key}` }).end(),
    ({ head }) => head,
  ),
  echoes(
    "in a header of an answer without a body",
    HEADS,
    (key, response) => void response.writeHead(200, { "x-echo": key }).end(),
    ({ head }) => head,
    { method: "HEAD" },
  ),
  echoes(
    "in the answer to a refusal",
    HEADS,
    (key, response) => void response.writeHead(401, { "www-authenticate": `Bearer error="${key}"` }).end(),
    ({ head }) => head,
  ),
  echoes(
    "in the name of a header",
    HEADS,
    (key, response) => void response.writeHead(200, { [`x-${key}`]: "1" }).end(),
    ({ head }) => (head.includes(SECRET.toLowerCase()) ? SECRET : head),
  ),
  echoes(
    "in a trailer",
    HEADS,
    (key, response) => {
      response.writeHead(200, { trailer: "x-echo", "transfer-encoding": "chunked" });
      response.write("body");
      response.addTrailers({ "x-echo": key });
      response.end();
    },
    ({ trailers }) => trailers,
    { only: "h1" },
  ),
  echoes(
    "in the reason of its status",
    HEADS,
    (key, response) => void response.writeHead(200, `OK ${key}`).end(),
    ({ head }) => head,
    { only: "h1" },
  ),
  inBody(
    "as it is",
    BODIES,
    (key) => `{"headers":{"x-api-key":"${key}"}}`,
    (body) => body,
  ),
  inBody(
    "twice",
    BODIES,
    (key) => key + key,
    (body) => body,
  ),
  inBody(
    "at the end of megabytes",
    BODIES,
    (key) => `${"x".repeat(3_000_000)}${key}`,
    (body) => body,
  ),
  echoes(
    "in an error",
    BODIES,
    (key, response) => void response.writeHead(404).end(`no such key: ${key}`),
    ({ body }) => body,
  ),
  coded("gzip", gzipSync, gunzipSync),
  coded("deflate", deflateSync, inflateSync),
  { ...coded("deflate", deflateRawSync, inflateRawSync), name: "an answer that shows the key in raw deflate" },
  coded("br", brotliCompressSync, brotliDecompressSync),
  coded("zstd", zstdCompressSync, zstdDecompressSync),
  coded(
    "gzip, br",
    (bytes) => brotliCompressSync(gzipSync(bytes)),
    (bytes) => gunzipSync(brotliDecompressSync(bytes)),
  ),
  echoes(
    "in two pieces",
    "ends held back",
    (key, response) => {
      response.write(`{"${key.slice(0, 12)}`);
      setTimeout(() => response.end(`${key.slice(12)}"}`), 60);
    },
    ({ body }) => body,
  ),
  echoes(
    "sign by sign",
    "ends held back",
    (key, response) => {
      const next = (left: string): void => {
        if (left === "") return void response.end();
        response.write(left.slice(0, 1));
        setTimeout(next, 4, left.slice(1));
      };
      next(key);
    },
    ({ body }) => body,
  ),
  inBody(
    "in base64",
    FORMS,
    (key) => btoa(key),
    (body) => atob(body.toString()),
  ),
  inBody(
    "in base64 behind one sign",
    FORMS,
    (key) => btoa(`x${key}`),
    (body) => atob(body.toString()),
  ),
  inBody(
    "in base64 behind two signs",
    FORMS,
    (key) => btoa(`xy${key}`),
    (body) => atob(body.toString()),
  ),
  inBody(
    "in base64url",
    FORMS,
    (key) => Buffer.from(`~${key}`).toString("base64url"),
    (body) => Buffer.from(body.toString(), "base64url"),
  ),
  inBody(
    "in base64 of base64",
    FORMS,
    (key) => btoa(btoa(key)),
    (body) => atob(atob(body.toString())),
  ),
  inBody(
    "in hex",
    FORMS,
    (key) => Buffer.from(key).toString("hex"),
    (body) => Buffer.from(body.toString(), "hex"),
  ),
  inBody(
    "in upper hex",
    FORMS,
    (key) => Buffer.from(key).toString("hex").toUpperCase(),
    (body) => Buffer.from(body.toString(), "hex"),
  ),
  inBody(
    "percent by percent",
    FORMS,
    (key) => Buffer.from(key).toString("hex").replace(/../g, "%$&"),
    (body) => decodeURIComponent(body.toString()),
  ),
  inBody(
    "as escapes of JSON",
    FORMS,
    (key) => key.replace(/./g, (each) => `\\u00${each.charCodeAt(0).toString(16)}`),
    (body) => JSON.parse(`"${body.toString()}"`) as string,
  ),
  inBody(
    "in UTF-16",
    FORMS,
    (key) => Buffer.from(key, "utf16le"),
    (body) => body.toString("utf16le"),
  ),
  inBody(
    "in upper case",
    FORMS,
    (key) => key.toUpperCase(),
    (body) => (body.includes(SECRET.toUpperCase()) ? SECRET : ""),
  ),
  echoes(
    "in a header, in base64",
    FORMS,
    (key, response) => void response.writeHead(200, { "x-echo": btoa(`a:${key}`) }).end(),
    ({ head }) => atob(/[A-Za-z0-9+/]{20,}=*/.exec(head)?.[0] ?? ""),
  ),
];
