import { Readable } from "node:stream";
import type { UpstreamPool } from "../upstream/upstream-pool.ts";
import { UNSHARED } from "../turns.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import type { TokenAnswer, TokenRequest } from "./renew-token.ts";

const ANSWER_BYTES = 256 * 1024;
const DEADLINE_MS = 20_000;

/**
 * Sends a token request from the gateway itself, by the way of every other request: the name's addresses are checked, its
 * certificate is verified. Rejects with UpstreamError.
 */
export async function askTokenEndpoint(
  pool: UpstreamPool,
  { url, contentType, body }: TokenRequest,
): Promise<TokenAnswer> {
  const target = URL.parse(url);
  if (target?.protocol !== "https:" || target.username !== "")
    throw new UpstreamError("unreachable", "its token endpoint is no https address");
  const bytes = Buffer.from(body);
  const call = await pool.call(
    {
      identity: "gateway",
      credential: null,
      host: target.hostname,
      port: target.port === "" ? 443 : Number(target.port),
      addresses: [],
      tls: true,
    },
    "h1",
    {
      method: "POST",
      rawTarget: `${target.pathname}${target.search}`,
      authority: target.host,
      rawHeaders: [
        ...["content-type", contentType, "content-length", String(bytes.length)],
        ...["accept", "application/json", "accept-encoding", "identity", "user-agent", "coop"],
      ],
      body: Readable.from([bytes], { objectMode: false }),
      wantsTrailers: false,
      continued: () => undefined,
      share: UNSHARED,
      sent: () => undefined,
      admit: () => true,
    },
  );
  const timer = setTimeout(call.abort, DEADLINE_MS);
  try {
    const answer = await call.answer;
    return { status: answer.status, body: await cut(answer.body) };
  } finally {
    clearTimeout(timer);
    call.abort();
  }
}

async function cut(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    // Answers are streams of bytes.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > ANSWER_BYTES) throw new UpstreamError("unreachable", "its answer is too long");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
