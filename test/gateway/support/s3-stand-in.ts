import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Serve } from "./intercepted.ts";

export interface RealKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

/** One request that the stand-in took, or why it did not. */
export interface Stored {
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  /** What was stored: without the framing of chunks. */
  readonly content: Buffer;
  readonly trailers: readonly string[];
  /** How many signed or framed chunks it came in, the last empty one too; null = it was not chunked. */
  readonly chunks: number | null;
  readonly problem: string | null;
}

/** A storage that checks every signature with the real key, by the rules of AWS's documentation and by no code of coop's. */
export function s3StandIn(key: RealKey): { readonly serve: Serve; readonly stored: Stored[] } {
  const stored: Stored[] = [];
  const serve: Serve = (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (each: Buffer) => pieces.push(each));
    request.on("end", () => {
      const taken = examined(key, request, Buffer.concat(pieces));
      stored.push(taken);
      response.writeHead(taken.problem === null ? 200 : 403, { "Content-Type": "application/xml" });
      const code = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
      response.end(taken.problem === null ? "<Empty/>" : code);
    });
  };
  return { serve, stored };
}

const sha = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");
const hmac = (key: Buffer | string, text: string): Buffer => createHmac("sha256", key).update(text).digest();

function examined(key: RealKey, request: IncomingMessage, body: Buffer): Stored {
  const { headers } = request;
  const facts = { target: request.url ?? "", headers };
  const none = { ...facts, content: body, trailers: [], chunks: null };
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/((\d{8})\/([^/]+)\/([^/]+)\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (found === null) return { ...none, problem: "no signature" };
  const [, id = "", scope = "", date = "", region = "", service = "", signed = "", signature = ""] = found;
  if (id !== key.accessKeyId) return { ...none, problem: `signed by ${id}` };
  if ((headers["x-amz-security-token"] ?? null) !== key.sessionToken) return { ...none, problem: "the session token" };
  const names = signed.split(";");
  const unsigned = Object.keys(headers).find((each) => each.startsWith("x-amz-") && !names.includes(each));
  if (unsigned !== undefined) return { ...none, problem: `${unsigned} is not signed` };
  const hash = String(headers["x-amz-content-sha256"] ?? sha(body));
  const [path = "", query = ""] = facts.target.split("?");
  const pairs = query === "" ? [] : query.split("&").map((each) => (each.includes("=") ? each : `${each}=`));
  const canonical = [
    request.method,
    path,
    pairs.toSorted().join("&"),
    ...names.map((each) => `${each}:${String(headers[each] ?? headers[":authority"]).trim()}`),
    "",
    signed,
    hash,
  ].join("\n");
  const time = String(headers["x-amz-date"]);
  const signing = hmac(hmac(hmac(hmac(`AWS4${key.secretAccessKey}`, date), region), service), "aws4_request");
  const said = hmac(signing, ["AWS4-HMAC-SHA256", time, scope, sha(canonical)].join("\n")).toString("hex");
  if (said !== signature) return { ...none, problem: "the signature of the head" };
  if (!hash.startsWith("STREAMING-")) {
    const bad = hash !== "UNSIGNED-PAYLOAD" && hash !== sha(body);
    return { ...none, problem: bad ? "the hash of the body" : null };
  }
  return { ...facts, ...unchunked(body, { hash, signing, time, scope, seed: signature }, headers) };
}

interface Chain {
  readonly hash: string;
  readonly signing: Buffer;
  readonly time: string;
  readonly scope: string;
  readonly seed: string;
}

/** Reads `aws-chunked`: each chunk's signature is over the one before it. */
function unchunked(
  body: Buffer,
  { hash, signing, time, scope, seed }: Chain,
  headers: IncomingMessage["headers"],
): Pick<Stored, "content" | "trailers" | "chunks" | "problem"> {
  const signs = hash.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  const content: Buffer[] = [];
  let [at, before, chunks] = [0, seed, 0];
  const end = (problem: string | null, trailers: readonly string[] = []): ReturnType<typeof unchunked> => ({
    content: Buffer.concat(content),
    trailers,
    chunks,
    problem,
  });
  for (;;) {
    const line = body.indexOf("\r\n", at);
    if (line === -1) return end("a chunk without a head");
    const head = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(body.toString("latin1", at, line));
    if (head === null) return end("the head of a chunk");
    const size = Number.parseInt(head[1] ?? "", 16);
    const bytes = body.subarray(line + 2, line + 2 + size);
    chunks += 1;
    if (signs) {
      const text = ["AWS4-HMAC-SHA256-PAYLOAD", time, scope, before, sha(""), sha(bytes)].join("\n");
      before = hmac(signing, text).toString("hex");
      if (head[2] !== before) return end(`the signature of chunk ${chunks}`);
    }
    content.push(bytes);
    at = line + 2 + size;
    if (size === 0) break;
    if (body.toString("latin1", at, at + 2) !== "\r\n") return end("the end of a chunk");
    at += 2;
  }
  const decoded = Number(headers["x-amz-decoded-content-length"]);
  if (decoded !== Buffer.concat(content).length) return end("x-amz-decoded-content-length");
  const rest = body.toString("latin1", at);
  if (!hash.endsWith("-TRAILER")) return end(rest === "\r\n" || rest === "" ? null : "something behind the last chunk");
  const lines = rest.split("\r\n").filter((each) => each !== "");
  const trailers = lines.filter((each) => !each.startsWith("x-amz-trailer-signature:"));
  if (!signs) return end(null, trailers);
  const hashed = sha(trailers.map((each) => `${each}\n`).join(""));
  const text = ["AWS4-HMAC-SHA256-TRAILER", time, scope, before, hashed].join("\n");
  const last = `x-amz-trailer-signature:${hmac(signing, text).toString("hex")}`;
  return end(lines.at(-1) === last ? null : "the signature of the trailers", trailers);
}
