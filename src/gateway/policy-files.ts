import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOfBytes } from "../graph/digest.ts";
import { KEY_BYTES } from "./identity.ts";
import { parsePolicy } from "./parse-policy.ts";
import { type Policy, policyDigest } from "./policy.ts";

/** What the policy directory holds at one moment. */
export type PolicyReading =
  | { readonly kind: "policy"; readonly policy: Policy; readonly digest: Digest; readonly bytes: Digest }
  | { readonly kind: "missing" }
  | { readonly kind: "invalid"; readonly reason: string; readonly bytes: Digest | null };

const POLICY_LIMIT_BYTES = 64 * 1024 * 1024;

export async function readPolicy(directory: string): Promise<PolicyReading> {
  let text: string;
  try {
    text = await readFile(join(directory, "policy.json"), "utf8");
  } catch (error) {
    if (isMissing(error)) return { kind: "missing" };
    return { kind: "invalid", reason: `policy.json cannot be read: ${String(error)}`, bytes: null };
  }
  const bytes = digestOfBytes(text);
  if (text.length > POLICY_LIMIT_BYTES) return { kind: "invalid", reason: "policy.json is too long", bytes };
  const parsed = parsePolicy(text);
  if (!parsed.ok) return { kind: "invalid", reason: parsed.reason, bytes };
  return { kind: "policy", policy: parsed.policy, digest: policyDigest(parsed.policy), bytes };
}

/** The master key that every identity's key is derived from; null when it is not there or not whole. */
export async function readMasterKey(directory: string): Promise<Buffer | null> {
  const key = await readFile(join(directory, "identity.key")).catch(() => null);
  return key?.length === KEY_BYTES ? key : null;
}

/** What apply polls to know that its rules are in force. */
export interface InForce {
  readonly version: 1;
  /** Of the policy that judges at this moment; null = everything is denied. */
  readonly digest: Digest | null;
  /** When it came into force, ISO 8601. */
  readonly since: string;
  /** `rejected`: the newest file is invalid, so the policy of `digest` stays. */
  readonly state: "in-force" | "no-policy" | "rejected";
  readonly reason: string | null;
  /** The digest that came with the provisions that are held; null = none are. */
  readonly provisions: string | null;
}

/** Replaces the file whole: a reader sees the one before or this one. */
export async function writeInForce(path: string, inForce: InForce): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, `${JSON.stringify(inForce)}\n`, { mode: 0o644 });
  await rename(temporary, path);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
