import { listOf, nullOr, objectOf, readShape, recordOf, ShapeError, textOf } from "../../diagnostics/json-shape.ts";
import type { SecretValue } from "../../model/provider.ts";
import { secretValueOf } from "../../model/secret-shape.ts";
import type { Authority, Provisions } from "../provisions.ts";
import { hidden } from "./hidden.ts";

/** What the admin socket can be asked. */
export type AdminRequest =
  | { readonly kind: "provide"; readonly provisions: Provisions }
  /** Gives back what was renewed since it was provided. */
  | { readonly kind: "collect" }
  /** Drops the values of these credentials. */
  | { readonly kind: "forget"; readonly names: readonly string[] };

export type ParsedRequest =
  | { readonly ok: true; readonly request: AdminRequest }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads one line of the admin socket, wholly or not at all: the JSON of `Provisions`, `{"collect":true}`, or `{"forget":[NAME, …]}`. A
 * reason quotes nothing of the line.
 */
export function parseAdminRequest(line: string): ParsedRequest {
  const read = readShape(() => requestOf(jsonOf(line)));
  return read.ok ? { ok: true, request: read.value } : read;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The parser's own sentence quotes the text, which is secret.
    throw new ShapeError("the request", "one line of JSON");
  }
}

function requestOf(value: unknown): AdminRequest {
  if (Object.hasOwn(recordOf(value, "the request"), "collect")) {
    if (objectOf(value, "the request", ["collect"]).collect !== true) throw new ShapeError("collect", "true");
    return { kind: "collect" };
  }
  if (Object.hasOwn(recordOf(value, "the request"), "forget")) {
    const { forget } = objectOf(value, "the request", ["forget"]);
    return { kind: "forget", names: listOf(forget, "forget", (name, at) => textOf(name, at, 63, NAME)) };
  }
  return { kind: "provide", provisions: provisionsOf(value) };
}

function provisionsOf(value: unknown): Provisions {
  const fields = objectOf(value, "provisions", ["version", "digest", "credentials", "authority"]);
  if (fields.version !== 1) throw new ShapeError("provisions.version", "1");
  const credentials = Object.entries(recordOf(fields.credentials, "credentials")).map(([name, credential], at) => {
    // By number: whoever confuses a name with a value must not find it in a log.
    const where = `credentials[${at}]`;
    const value = secretValueOf(credential, where);
    // What ends a header's line would begin another one, wherever the value came from.
    if (textsOf(value).some((text) => /[\r\n\0]/.test(text))) throw new ShapeError(where, "one line");
    return [textOf(name, where, 63, NAME), hidden(value)] as const;
  });
  return hidden<Provisions>({
    version: 1,
    digest: textOf(fields.digest, "provisions.digest", 128, /^[A-Za-z0-9:._-]+$/),
    credentials: Object.fromEntries(credentials),
    authority: nullOr(fields.authority, authorityOf),
  });
}

/** Of a credential. */
const NAME = /^[a-z0-9-]+$/;

function textsOf(value: SecretValue): readonly string[] {
  switch (value.kind) {
    case "text":
      return [value.text];
    case "aws":
      return [value.accessKeyId, value.secretAccessKey, value.sessionToken ?? ""];
    case "oauth":
      return [value.accessToken, value.refresh?.token ?? "", value.refresh?.clientSecret ?? ""];
  }
}

function authorityOf(value: unknown): Authority {
  const { chain, key } = objectOf(value, "authority", ["chain", "key"]);
  return hidden<Authority>({
    chain: textOf(chain, "authority.chain", 256 * 1024, /^-----BEGIN CERTIFICATE-----/),
    key: textOf(key, "authority.key", 16 * 1024, /^-----BEGIN PRIVATE KEY-----/),
  });
}
