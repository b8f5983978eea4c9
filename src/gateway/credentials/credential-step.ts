import type { Duplex, Transform } from "node:stream";
import type { SecretValue } from "../../model/provider.ts";
import type { DenyCode } from "../denial.ts";
import type { EgressRule } from "../../model/model.ts";
import type { PolicyCredential } from "../policy.ts";
import { headerValues } from "../request-head.ts";
import { type Carried, carriedIn } from "./carried.ts";
import { filterFor } from "./filter-for.ts";
import { keptHeaders, withoutCarriers } from "./kept-headers.ts";
import { placeFor } from "./place-for.ts";
import { put } from "./put.ts";
import { type Keep, resignChunks } from "./resign-chunks.ts";
import { ResponseScrub } from "./response-scrub.ts";
import { parseAwsSignature, payloadHash, signAws } from "./sign-aws.ts";

/** One request that a rule with a credential allows, before it goes upstream. Https only: the caller sees to that. */
export interface CredentialRequest {
  /** Its name in the rules. */
  readonly name: string;
  /** Null = the policy does not know it, which refuses the request. */
  readonly credential: PolicyCredential | null;
  /** Null = the gateway has not been given it, which refuses the request. */
  readonly value: SecretValue | null;
  readonly override: EgressRule["override"];
  /** Canonical: what was judged and is dialled. */
  readonly host: string;
  /** `host` or `host:port`, as it goes to the upstream. */
  readonly authority: string;
  readonly method: string;
  /** Whether it may have a body. */
  readonly hasBody: boolean;
  /** Milliseconds since the epoch: signatures have a time. */
  readonly nowMs: number;
  /** Origin form, as it was sent and judged. */
  readonly rawTarget: string;
  /** Names and values by turns, as they were sent, without what belongs to the client's own connection (hop-headers.ts). */
  readonly rawHeaders: readonly string[];
}

export type CredentialStep =
  | CredentialDenial
  /** The body must be read first, as it is part of what is signed; longer ones are refused with `signature-refused`. */
  | { readonly kind: "body-first"; readonly limitBytes: number; readonly step: (body: Buffer) => Settled }
  | Settled;

/** What is done with a request. */
export type Settled =
  | CredentialDenial
  /** The request goes upstream with this target and these headers, and its answer comes back through `response`. */
  | {
      readonly kind: "send";
      readonly rawTarget: string;
      readonly rawHeaders: readonly string[];
      /** Whether the secret is in the request; without it nothing is scrubbed. */
      readonly injected: boolean;
      /** What its body goes through, as long as before; null = it goes as it is. An error is an UnsignableBody. */
      readonly body: ((keep: Keep) => Transform) | null;
      readonly response: ResponseStep;
    };

/** Why it is refused; `code` and `detail` go to `denial()`. */
export interface CredentialDenial {
  readonly kind: "deny";
  readonly code: DenyCode;
  readonly detail: string;
}

/** What is done with an answer, so that it never shows the injected secret in any form. */
export interface ResponseStep {
  /** For every head of an answer, also 1xx and 304: what the client gets of it, or a refusal in its place. */
  head(rawHeaders: readonly string[]): ScrubbedResponse | CredentialDenial;
  /** Trailers, names and values by turns. */
  trailers(rawTrailers: readonly string[]): readonly string[];
  /** The reason phrase of HTTP/1. */
  reason(phrase: string): string;
  /** For what the upstream sends after 101 or an extended CONNECT; null = it goes as it is. An error ends the connection. */
  websocket(): Transform | null;
}

export interface ScrubbedResponse {
  readonly kind: "scrubbed";
  /** Without a Content-Length where the body is decoded on the way; otherwise the body stays as long as it was. */
  readonly rawHeaders: readonly string[];
  /**
   * Streams for `pipeline(upstream, ...body(), client)`, made anew at each call; none = it goes as it is. Only for answers that
   * have a body. An error in one of them breaks the answer off.
   */
  readonly body: () => readonly Duplex[];
}

/**
 * Puts the secret into a request: what stands for it (the placeholder) is replaced, what is absent is added, and a credential of
 * the client's own is refused or, with `override: client`, let through in its place. Pure; never throws.
 */
export function credentialStep(request: CredentialRequest): CredentialStep {
  const { credential, value, name } = request;
  const place = credential === null ? undefined : placeFor(credential, request.host, request.rawTarget);
  if (credential === null || place === undefined) return deny("credential-not-for-host", name);
  const carried = carriedIn(place, credential.placeholder, request.rawHeaders, request.rawTarget);
  const own = carried.find((each) => each.what === "own");
  const kept = keptHeaders(request.rawHeaders);
  if (own !== undefined) {
    if (request.override !== "client") return deny("client-credential", own.where);
    const rawHeaders = withoutCarriers(kept, placeholdersOf(carried));
    return { kind: "send", rawTarget: request.rawTarget, rawHeaders, injected: false, body: null, response: UNTOUCHED };
  }
  if (value === null) return deny("credential-not-ready", name);
  const rawHeaders = withoutCarriers(kept, place.carriers);
  if (place.into.kind === "aws-sigv4") return signed({ ...request, rawHeaders }, request.rawHeaders, value);
  const filled = put(place, value, { rawTarget: request.rawTarget, rawHeaders });
  return filled.ok ? send(filled.rawTarget, filled.rawHeaders, value) : deny(filled.code, filled.detail);
}

function send(
  rawTarget: string,
  rawHeaders: readonly string[],
  value: SecretValue,
  body: ((keep: Keep) => Transform) | null = null,
): Settled {
  return { kind: "send", rawTarget, rawHeaders, injected: true, body, response: new ResponseScrub(filterFor(value)) };
}

/** As much of a body as AWS takes in one signed piece. */
const SIGNED_BODY_BYTES = 16 * 1024 * 1024;

/** `asSent`: the headers with the client's own signature, which says for what service and region it is. */
function signed(request: CredentialRequest, asSent: readonly string[], value: SecretValue): CredentialStep {
  if (value.kind !== "aws") return deny("credential-unusable", "it is of another kind than the provider");
  const [authorization = ""] = headerValues(asSent, "authorization");
  const signature = parseAwsSignature(authorization.trim());
  if (signature === null) return deny("signature-refused", "it is not signed in its headers");
  const payload = payloadHash(request.rawHeaders, request.hasBody);
  const sign = (body: Buffer | null): Settled => {
    const again = signAws({ ...request, body }, signature, value);
    if (again === null) return deny("signature-refused", "its path cannot be read in one way");
    const { rawHeaders, chain } = again;
    if (payload.kind !== "chunks") return send(request.rawTarget, rawHeaders, value);
    return send(request.rawTarget, rawHeaders, value, (keep) => resignChunks(chain, payload.trailers, keep));
  };
  switch (payload.kind) {
    case "said":
    case "chunks":
      return sign(null);
    case "of-body":
      return { kind: "body-first", limitBytes: SIGNED_BODY_BYTES, step: sign };
    case "unknown":
      return deny("signature-refused", "its body is signed in a way that is not known here");
  }
}

const UNTOUCHED: ResponseStep = {
  head: (rawHeaders) => ({ kind: "scrubbed", rawHeaders, body: () => [] }),
  trailers: (rawTrailers) => rawTrailers,
  reason: (phrase) => phrase,
  websocket: () => null,
};

function placeholdersOf(carried: readonly Carried[]): readonly string[] {
  return carried.flatMap((each) => (each.what === "placeholder" && each.in === "header" ? [each.name] : []));
}

function deny(code: DenyCode, detail: string): CredentialDenial {
  return { kind: "deny", code, detail };
}
