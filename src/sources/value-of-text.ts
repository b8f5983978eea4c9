import type { SecretValue } from "../model/provider.ts";
import { jsonObject } from "../diagnostics/json-object.ts";
import type { SecretRequest } from "./secret-request.ts";
import { SourceFailure } from "./source-failure.ts";

/** What a source's text is, for the use that is made of it. Rejects by a SourceFailure that repeats nothing of the text. */
export function valueOfText(text: string, use: SecretRequest["use"]): SecretValue {
  if (use === "aws") return awsValue(text);
  const value = { kind: "text", text: withoutLastNewline(text) } as const;
  refuseUnfit(value, use);
  return value;
}

/** Refuses a value that cannot be put where it is meant to go. */
export function refuseUnfit(value: SecretValue, use: SecretRequest["use"]): void {
  if (use === "aws" && value.kind !== "aws")
    throw new SourceFailure("is no access key of AWS", "Store one as JSON: coop credentials set NAME --kind aws");
  if (use !== "aws" && value.kind === "aws")
    throw new SourceFailure("is an access key of AWS, which only an AWS provider can use", "Name a provider for AWS.");
  const text = textOf(value);
  if (text === "") throw new SourceFailure("is empty", "Store a value.");
  if (use === "header" && !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/u.test(text)) {
    throw new SourceFailure(
      "has characters that no header may have (a line's end, a space at its end, or no ASCII)",
      "Store the value alone, in one line.",
    );
  }
}

/** As AWS's own `credential_process` prints it. */
export function awsValue(text: string): SecretValue {
  const { AccessKeyId, SecretAccessKey, SessionToken } = jsonObject(text);
  if (
    typeof AccessKeyId !== "string" ||
    typeof SecretAccessKey !== "string" ||
    AccessKeyId === "" ||
    SecretAccessKey === ""
  )
    throw new SourceFailure(
      "is no access key of AWS in JSON",
      'Give it as {"AccessKeyId": …, "SecretAccessKey": …, "SessionToken": …}.',
    );
  return {
    kind: "aws",
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: typeof SessionToken === "string" && SessionToken !== "" ? SessionToken : null,
  };
}

/** `{ "token": …, "expiresAt": … }`; the time in ISO 8601 or in seconds since the epoch. */
export function tokenValue(text: string): SecretValue {
  const { token, expiresAt } = jsonObject(text);
  const ends = typeof expiresAt === "number" ? expiresAt * 1000 : Date.parse(String(expiresAt));
  if (typeof token !== "string" || token === "" || (expiresAt !== undefined && !Number.isFinite(ends)))
    throw new SourceFailure("printed no token in JSON", 'Print {"token": "…", "expiresAt": "2026-01-02T03:04:05Z"}.');
  return { kind: "oauth", accessToken: token, expiresAt: expiresAt === undefined ? null : ends, refresh: null };
}

function textOf(value: SecretValue): string {
  switch (value.kind) {
    case "text":
      return value.text;
    case "oauth":
      return value.accessToken;
    case "aws":
      return value.secretAccessKey;
  }
}

function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/u, "");
}
