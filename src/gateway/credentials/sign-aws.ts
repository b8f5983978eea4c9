import { createHash } from "node:crypto";
import aws4 from "aws4";
import type { SecretValue } from "../../model/provider.ts";
import type { ChunkChain } from "./chunk-signatures.ts";
import { headerKey } from "./header-key.ts";

type AwsValue = Extract<SecretValue, { readonly kind: "aws" }>;

/** A request that its client has signed, with whatever key. */
export interface Signable {
  readonly method: string;
  /** `host` or `host:port`, as it is sent. */
  readonly authority: string;
  readonly rawTarget: string;
  readonly rawHeaders: readonly string[];
  /** Null = it has none. */
  readonly body: Buffer | null;
  readonly nowMs: number;
}

/** What a client's `Authorization` of Signature Version 4 says. */
export interface AwsSignature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** In lower case. */
  readonly signedHeaders: readonly string[];
}

/** Null for anything but `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. */
export function parseAwsSignature(authorization: string): AwsSignature | null {
  const found =
    /^AWS4-HMAC-SHA256 +Credential=([\w-]{1,128})\/\d{8}\/([a-z0-9-]{1,64})\/([A-Za-z0-9.-]{1,64})\/aws4_request *, *SignedHeaders=([a-z0-9;!#$%&'*+.^_`|~-]{1,4096}) *, *Signature=[0-9a-f]{64}$/.exec(
      authorization,
    );
  if (found === null) return null;
  const [, accessKeyId = "", region = "", service = "", signed = ""] = found;
  return { accessKeyId, region, service, signedHeaders: signed.split(";") };
}

/** How the body is part of the signature. */
export type PayloadHash =
  /** `x-amz-content-sha256` says it, and the host checks it or does without. */
  | { readonly kind: "said" }
  /** The body must be read before it can be signed. */
  | { readonly kind: "of-body" }
  /** Each chunk of the body is signed as well, with the key that the client has; `trailers` = what stands behind the last one too. */
  | { readonly kind: "chunks"; readonly trailers: boolean }
  /** In a way that the gateway does not know. */
  | { readonly kind: "unknown" };

export function payloadHash(rawHeaders: readonly string[], hasBody: boolean): PayloadHash {
  const said = headerOf(rawHeaders, CONTENT_SHA256);
  if (said === null) return hasBody ? { kind: "of-body" } : { kind: "said" };
  if (/^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/.test(said)) return { kind: "said" };
  const chunks = /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?$/.exec(said);
  return chunks === null ? { kind: "unknown" } : { kind: "chunks", trailers: chunks[1] !== undefined };
}

const CONTENT_SHA256 = "x-amz-content-sha256";

/** Headers that are said anew. */
const OWN = new Set(["authorization", "x-amz-date", "x-amz-security-token"]);

/** What a request becomes. */
export interface Signed {
  readonly rawHeaders: readonly string[];
  /** By which the chunks of its body are signed, where they are. */
  readonly chain: ChunkChain;
}

/**
 * The headers with a signature of the real key, over what the client signed and every `x-amz-` header. The target stays as it
 * is; null where it cannot be read in the one way that a signature needs.
 */
export function signAws(request: Signable, signature: AwsSignature, value: AwsValue): Signed | null {
  const kept = request.rawHeaders.filter(
    (_, index) => !OWN.has(headerKey(request.rawHeaders[index - (index % 2)] ?? "")),
  );
  const time = new Date(request.nowMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
  const added = [
    ...["x-amz-date", time],
    ...(value.sessionToken === null ? [] : ["x-amz-security-token", value.sessionToken]),
    ...(request.body === null ? [] : [CONTENT_SHA256, createHash("sha256").update(request.body).digest("hex")]),
  ];
  const sent = [...kept, ...added];
  try {
    const signer = new aws4.RequestSigner(
      {
        service: signature.service,
        region: signature.region,
        method: request.method,
        path: request.rawTarget,
        headers: { host: request.authority, ...signedOf(sent, signature.signedHeaders) },
      },
      { accessKeyId: value.accessKeyId, secretAccessKey: value.secretAccessKey },
    );
    // Signed is what the target means; what is sent is the client's own spelling of it.
    const authorization = signer.sign().headers?.["Authorization"];
    if (typeof authorization !== "string") return null;
    const { region, service } = signature;
    const chain = { seed: authorization.slice(-64), secretAccessKey: value.secretAccessKey, time, region, service };
    return { rawHeaders: [...sent, "authorization", authorization], chain };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** The headers that are part of the signature, several of a name as one. */
function signedOf(rawHeaders: readonly string[], signed: readonly string[]): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (name === "host" || !(signed.includes(name) || name.startsWith("x-amz-"))) continue;
    const value = (rawHeaders[index + 1] ?? "").trim();
    const known = values.get(name);
    values.set(name, known === undefined ? value : `${known},${value}`);
  }
  return Object.fromEntries(values);
}

function headerOf(rawHeaders: readonly string[], name: string): string | null {
  const at = rawHeaders.findIndex((each, index) => index % 2 === 0 && headerKey(each) === name);
  return at === -1 ? null : (rawHeaders[at + 1] ?? "").trim();
}
