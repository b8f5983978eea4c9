import { nullOr, objectOf, oneOf, recordOf, ShapeError, textOf } from "../diagnostics/json-shape.ts";
import type { SecretValue } from "./provider.ts";

const LIMIT = 64 * 1024;

/** Narrows a value's JSON as the vault keeps it and the gateway is given it. Throws a ShapeError, which quotes nothing of the value. */
export function secretValueOf(value: unknown, at: string): SecretValue {
  const kind = oneOf(recordOf(value, at)["kind"], `${at}.kind`, ["text", "aws", "oauth"]);
  switch (kind) {
    case "text":
      return { kind, text: textOf(objectOf(value, at, ["kind", "text"]).text, `${at}.text`, LIMIT) };
    case "aws": {
      const aws = objectOf(value, at, ["kind", "accessKeyId", "secretAccessKey", "sessionToken"]);
      return {
        kind,
        accessKeyId: textOf(aws.accessKeyId, `${at}.accessKeyId`, 128),
        secretAccessKey: textOf(aws.secretAccessKey, `${at}.secretAccessKey`, 512),
        sessionToken: nullOr(aws.sessionToken, (each) => textOf(each, `${at}.sessionToken`, LIMIT)),
      };
    }
    case "oauth":
      return oauthOf(value, at);
  }
}

function oauthOf(value: unknown, at: string): SecretValue {
  const oauth = objectOf(value, at, ["kind", "accessToken", "expiresAt", "refresh"]);
  return {
    kind: "oauth",
    accessToken: textOf(oauth.accessToken, `${at}.accessToken`, LIMIT),
    expiresAt: nullOr(oauth.expiresAt, (each) => {
      if (typeof each !== "number" || !Number.isSafeInteger(each)) throw new ShapeError(`${at}.expiresAt`, "a time");
      return each;
    }),
    refresh: nullOr(oauth.refresh, (each) => {
      const known = recordOf(each, `${at}.refresh`);
      // What was stored before clients had secrets has none.
      const refresh = objectOf({ clientSecret: null, ...known }, `${at}.refresh`, [
        ...(["token", "url", "clientId", "clientSecret"] as const),
      ]);
      const clientSecret = nullOr(refresh.clientSecret, (secret) => textOf(secret, `${at}.refresh.clientSecret`, 512));
      return {
        token: textOf(refresh.token, `${at}.refresh.token`, LIMIT),
        url: textOf(refresh.url, `${at}.refresh.url`, 2048, /^https:\/\//u),
        clientId: textOf(refresh.clientId, `${at}.refresh.clientId`, 512),
        ...(clientSecret === null ? {} : { clientSecret }),
      };
    }),
  };
}
