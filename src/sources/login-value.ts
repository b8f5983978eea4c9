import type { ProviderRefresh, SecretValue } from "../model/provider.ts";
import { jsonObject } from "../diagnostics/json-object.ts";
import { SourceFailure } from "./source-failure.ts";

const MEND =
  'Give {"accessToken": "…", "refreshToken": "…", "expiresAt": "2026-01-02T03:04:05Z"}, or the file in which the client itself keeps its login.';

/** Beyond this a number is no time in seconds: it would be in the year 5138. */
const SECONDS_LIMIT = 1e11;

/**
 * A login as JSON: in our own words, or as the clients of Claude and Gemini, and token endpoints, write it. Where it says no token
 * endpoint of its own, that of the provider is meant. Rejects by a SourceFailure that repeats nothing of the text.
 */
export function loginValue(text: string, provider: ProviderRefresh | null): SecretValue {
  const outer = jsonObject(text);
  const { claudeAiOauth } = outer;
  const fields = typeof claudeAiOauth === "object" && claudeAiOauth !== null ? { ...claudeAiOauth } : outer;
  const accessToken = firstOf(fields, ["accessToken", "access_token", "token"]);
  const refreshToken = firstOf(fields, ["refreshToken", "refresh_token"]);
  if (typeof accessToken !== "string" || accessToken === "") throw new SourceFailure("holds no access token", MEND);
  if (refreshToken !== undefined && (typeof refreshToken !== "string" || refreshToken === ""))
    throw new SourceFailure("holds a refresh token that is none", MEND);
  const expiresAt = timeOf(firstOf(fields, ["expiresAt", "expires_at", "expiry_date"]));
  if (refreshToken === undefined) return { kind: "oauth", accessToken, expiresAt, refresh: null };
  const url = firstOf(fields, ["tokenUrl", "token_url", "token_uri"]) ?? provider?.url;
  const clientId = firstOf(fields, ["clientId", "client_id"]) ?? provider?.clientId;
  if (typeof url !== "string" || !url.startsWith("https://") || typeof clientId !== "string" || clientId === "") {
    throw new SourceFailure(
      "holds a refresh token, and does not say where it is good",
      'Name its provider (--provider), or add "tokenUrl" (https) and "clientId".',
    );
  }
  const said = firstOf(fields, ["clientSecret", "client_secret"]);
  if (said !== undefined && (typeof said !== "string" || said === ""))
    throw new SourceFailure("holds a client secret that is none", MEND);
  // A provider's goes with its own client to its own endpoint, and nowhere else.
  const clientSecret = said ?? (url === provider?.url && clientId === provider.clientId ? provider.clientSecret : null);
  const refresh = { token: refreshToken, url, clientId, ...(clientSecret === null ? {} : { clientSecret }) };
  return { kind: "oauth", accessToken, expiresAt, refresh };
}

function firstOf(fields: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  return names
    .map((name) => (Object.hasOwn(fields, name) ? fields[name] : undefined))
    .find((each) => each !== undefined);
}

/** ISO 8601, seconds or milliseconds. */
function timeOf(written: unknown): number | null {
  if (written === undefined || written === null) return null;
  const number = typeof written === "number" ? (written < SECONDS_LIMIT ? written * 1000 : written) : Number.NaN;
  const time = typeof written === "string" ? Date.parse(written) : number;
  if (Number.isFinite(time)) return Math.round(time);
  throw new SourceFailure("says when it ends, and that is no time", MEND);
}
