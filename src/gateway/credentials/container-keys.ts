import type { SecretValue } from "../../model/provider.ts";
import { type DenyCode, denial } from "../denial.ts";
import { type Policy, subjectOf } from "../policy.ts";

/** An answer in the shape that AWS's SDKs read from a container's credential endpoint. */
export interface KeysAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

/** A secret key that signs for nobody: what is signed with it is signed again. As long as a real one. */
const PLACEHOLDER_SECRET = "coopPlaceholderSecretAccessKey0000000000";

/** SDKs ask again some minutes before: so whoever lost the credential hears it soon, and nobody asks all the time. */
const LIFE_MS = 60 * 60_000;

/**
 * The keys that an identity gets for a credential: never the real ones, but placeholders by which the gateway knows what to sign
 * again. They are refused where requests would be: to whoever has no rule with it, and as long as its value is not there. Pure.
 */
export function containerKeys(
  policy: Policy | null,
  given: Readonly<Record<string, SecretValue>>,
  asked: { readonly identity: string; readonly name: string; readonly nowMs: number },
): KeysAnswer {
  const { identity, name, nowMs } = asked;
  const subject = policy === null ? null : subjectOf(policy, identity);
  const rule = subject?.rules.find((each) => each.credential === name) ?? null;
  const known = policy !== null && Object.hasOwn(policy.credentials, name) ? policy.credentials[name] : undefined;
  const refuse = (code: DenyCode, detail: string): KeysAnswer => {
    const { status, fix } = denial(code, { host: "", port: 0, identity, rule: rule?.name ?? null, detail });
    return refused(status, code, fix);
  };
  if (rule === null || known === undefined || !known.places.some((place) => place.into.kind === "aws-sigv4"))
    return refused(404, "credential-unknown", "No rule of this sandbox signs for AWS with a credential of this name.");
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  if (value === undefined) return refuse("credential-not-ready", name);
  if (value.kind !== "aws") return refuse("credential-unusable", "it is of another kind than the provider");
  const keys = {
    AccessKeyId: known.placeholder,
    SecretAccessKey: PLACEHOLDER_SECRET,
    // SDKs insist on one; what it stands for is put in or left out when the request is signed.
    Token: known.placeholder,
    Expiration: new Date(nowMs + LIFE_MS).toISOString().replace(/\.\d{3}Z$/, "Z"),
  };
  return { status: 200, body: JSON.stringify(keys) };
}

function refused(status: number, code: string, message: string): KeysAnswer {
  return { status, body: JSON.stringify({ Code: code, Message: message }) };
}
