import { createHash } from "node:crypto";
import { jsonKey, jsonText } from "./json-text.ts";

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

/**
 * JSON with sorted keys and no white space: equal values give equal bytes. `undefined` fields are left out, as in JSON.
 * Throws on what JSON cannot say (functions, symbols, bigint, non-finite numbers), which would be our own mistake.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string") return jsonText(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`canonicalJson: ${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  // By hand rather than by chains of lists: every object of every plan goes through here, and this takes half.
  if (Array.isArray(value)) {
    let items = "";
    for (const each of value) items += `${items === "" ? "" : ","}${canonicalJson(each)}`;
    return `[${items}]`;
  }
  if (isRecord(value)) {
    let fields = "";
    for (const key of sortedKeys(value)) {
      const field = value[key];
      if (field !== undefined) fields += `${fields === "" ? "" : ","}${jsonKey(key)}:${canonicalJson(field)}`;
    }
    return `{${fields}}`;
  }
  throw new Error(`canonicalJson: a ${typeof value} has no JSON form`);
}

/** An object's own keys by their code units. */
export function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  // The list is new, so it may be sorted where it is.
  return keys.length > 1 ? keys.sort() : keys;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The digest of a value's canonical JSON. */
export function digestOf(value: unknown): Digest {
  return digestOfBytes(canonicalJson(value));
}

/** The digest of bytes, or of a text's UTF-8 bytes. */
export function digestOfBytes(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The first 12 hex digits, for names and tags that people read. */
export function shortDigest(digest: Digest): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
