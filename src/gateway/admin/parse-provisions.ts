import { ShapeError, nullOr, objectOf, oneOf, readShape, recordOf, textOf } from "../../diagnostics/json-shape.ts";
import type { SecretValue } from "../../model/provider.ts";
import type { Authority, Provisions } from "../provisions.ts";

export type ParsedProvisions =
  | { readonly ok: true; readonly value: Provisions }
  /** Never repeats a value. */
  | { readonly ok: false; readonly reason: string };

const SECRET_CHARS = 64 * 1024;
const PEM_CHARS = 64 * 1024;

/** Reads what came over the admin socket, wholly or not at all. */
export function parseProvisions(text: string): ParsedProvisions {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words would repeat a piece of the text.
    return { ok: false, reason: "it is no JSON" };
  }
  return readShape(() => provisionsOf(value));
}

function provisionsOf(value: unknown): Provisions {
  const fields = objectOf(value, "provisions", ["version", "digest", "credentials", "authority"]);
  if (fields.version !== 1) throw new ShapeError("provisions.version", "1");
  return {
    version: 1,
    digest: textOf(fields.digest, "digest", 200, /^[a-z0-9:]+$/),
    credentials: Object.fromEntries(
      Object.entries(recordOf(fields.credentials, "credentials")).map(([name, secret]) => [
        textOf(name, "credentials", 63, /^[a-z0-9-]+$/),
        secretOf(secret, `credentials.${name}`),
      ]),
    ),
    authority: nullOr(fields.authority, authorityOf),
  };
}

function authorityOf(value: unknown): Authority {
  const fields = objectOf(value, "authority", ["chain", "key"]);
  return {
    chain: textOf(fields.chain, "authority.chain", PEM_CHARS, /^-----BEGIN CERTIFICATE-----/),
    key: textOf(fields.key, "authority.key", PEM_CHARS, /^-----BEGIN PRIVATE KEY-----/),
  };
}

function secretOf(value: unknown, at: string): SecretValue {
  const kind = oneOf(recordOf(value, at)["kind"], `${at}.kind`, ["text", "aws", "oauth"]);
  switch (kind) {
    case "text": {
      const fields = objectOf(value, at, ["kind", "text"]);
      return { kind, text: secretText(fields.text, `${at}.text`) };
    }
    case "aws": {
      const fields = objectOf(value, at, ["kind", "accessKeyId", "secretAccessKey", "sessionToken"]);
      return {
        kind,
        accessKeyId: secretText(fields.accessKeyId, `${at}.accessKeyId`),
        secretAccessKey: secretText(fields.secretAccessKey, `${at}.secretAccessKey`),
        sessionToken: nullOr(fields.sessionToken, (token) => secretText(token, `${at}.sessionToken`)),
      };
    }
    case "oauth": {
      const fields = objectOf(value, at, ["kind", "accessToken", "expiresAt", "refresh"]);
      return {
        kind,
        accessToken: secretText(fields.accessToken, `${at}.accessToken`),
        expiresAt: nullOr(fields.expiresAt, (time) => timeOf(time, `${at}.expiresAt`)),
        refresh: nullOr(fields.refresh, (refresh) => {
          const { token, url, clientId } = objectOf(refresh, `${at}.refresh`, ["token", "url", "clientId"]);
          return {
            token: secretText(token, `${at}.refresh.token`),
            url: textOf(url, `${at}.refresh.url`, 2048, /^https:\/\//),
            clientId: textOf(clientId, `${at}.refresh.clientId`, 1024),
          };
        }),
      };
    }
  }
}

// What ends a header's line would begin another one: no value may hold it, wherever it came from.
function secretText(value: unknown, at: string): string {
  return textOf(value, at, SECRET_CHARS, /^[^\r\n\0]+$/);
}

function timeOf(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new ShapeError(at, "milliseconds");
  return value;
}
