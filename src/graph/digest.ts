import { createHash } from "node:crypto";

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

/**
 * JSON with sorted keys and no white space: equal values give equal bytes. `undefined` fields are left out, as in JSON.
 * Throws on what JSON cannot say (functions, symbols, bigint, non-finite numbers), which would be our own mistake.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`canonicalJson: ${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each)).join(",")}]`;
  if (isRecord(value)) {
    // By hand rather than by a chain of lists: every object of every plan goes through here, and this takes half.
    let fields = "";
    for (const key of Object.keys(value).toSorted()) {
      const field = value[key];
      if (field !== undefined) fields += `${fields === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(field)}`;
    }
    return `{${fields}}`;
  }
  throw new Error(`canonicalJson: a ${typeof value} has no JSON form`);
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
