import { jsonObject } from "../../diagnostics/json-object.ts";
import type { RefreshEncoding, SecretValue } from "../../model/provider.ts";

export type OAuthValue = Extract<SecretValue, { readonly kind: "oauth" }>;

/** A request to a token endpoint. */
export interface TokenRequest {
  /** Https. */
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
}

export interface TokenAnswer {
  readonly status: number;
  /** Cut at a length that no answer of a token endpoint has. */
  readonly body: string;
}

export type Renewal =
  | { readonly kind: "renewed"; readonly value: OAuthValue }
  /** It may work later. */
  | { readonly kind: "failed"; readonly reason: string }
  /** It will not: the refresh token was used up or revoked. */
  | { readonly kind: "refused"; readonly reason: string };

/** How a value is renewed (RFC 6749 §6); null = it is not. */
export function tokenRequest({ refresh }: OAuthValue, encoding: RefreshEncoding): TokenRequest | null {
  if (refresh === null) return null;
  const fields = {
    grant_type: "refresh_token",
    refresh_token: refresh.token,
    client_id: refresh.clientId,
    ...(refresh.clientSecret === undefined ? {} : { client_secret: refresh.clientSecret }),
  };
  return encoding === "json"
    ? { url: refresh.url, contentType: "application/json", body: JSON.stringify(fields) }
    : {
        url: refresh.url,
        contentType: "application/x-www-form-urlencoded",
        body: new URLSearchParams(fields).toString(),
      };
}

/** What a token endpoint's answer means for the value. No reason repeats more of it than a code. */
export function renewalOf(value: OAuthValue, { status, body }: TokenAnswer, nowMs: number): Renewal {
  const fields = jsonObject(body);
  const error = typeof fields["error"] === "string" && /^[a-z_]{1,40}$/.test(fields["error"]) ? fields["error"] : null;
  if (status < 200 || status > 299) {
    const reason = error ?? `status ${status}`;
    // RFC 6749 §5.2: only these say that another try is in vain.
    const final = error === "invalid_grant" || error === "invalid_client" || error === "unauthorized_client";
    return { kind: final ? "refused" : "failed", reason };
  }
  const { access_token: access, refresh_token: next, expires_in: life } = fields;
  if (typeof access !== "string" || !TOKEN.test(access)) return { kind: "failed", reason: "an answer without a token" };
  const seconds = typeof life === "number" ? life : Number(typeof life === "string" ? life : Number.NaN);
  const rotated = typeof next === "string" && TOKEN.test(next) ? next : null;
  return {
    kind: "renewed",
    value: {
      kind: "oauth",
      accessToken: access,
      expiresAt: Number.isFinite(seconds) && seconds > 0 ? Math.round(nowMs + seconds * 1000) : null,
      refresh: value.refresh === null ? null : { ...value.refresh, token: rotated ?? value.refresh.token },
    },
  };
}

const TOKEN = /^[\x21-\x7e]{1,16384}$/;
