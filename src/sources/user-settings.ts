import { parse } from "yaml";
import { ShapeError, listOf, oneOf, readShape, recordOf, textOf } from "../diagnostics/json-shape.ts";
import { parseSource } from "../config/normalize/credential.ts";
import { millisecondsOf } from "../config/quantities.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { ENTRY_NAME } from "../vault/vault-header.ts";
import type { UserSource } from "./secret-request.ts";

/** What stands in the user's own `credentials.yaml`. No repository's file can say any of it. */
export interface UserSettings {
  readonly vault: {
    /** Null = the usual place. */
    readonly file: string | null;
    /** A file whose first line is the passphrase; null = none. */
    readonly passphraseFile: string | null;
    /** Where the machine's key lies, where the vault has one; null = the usual place. */
    readonly keyFile: string | null;
    readonly autoLockMs: number;
  };
  readonly azure: {
    readonly suffix: string | null;
    readonly authority: string | null;
    readonly tenant: string | null;
    readonly client: string | null;
    /** Where the client's secret comes from: a variable, a file or a program. */
    readonly secret: UserSource | null;
  };
  /** By the credential's name, or with an account: `anthropic`, `anthropic@work`. */
  readonly sources: Readonly<Record<string, UserSource>>;
}

const AUTO_LOCK_MS = 15 * 60_000;
const PROGRAM_MS = 30_000;
const MOST_PROGRAM_MS = 10 * 60_000;

/** Reads the text of `credentials.yaml`; an empty one says nothing. Paths that begin with `~/` are the home's. */
export function parseUserSettings(
  text: string,
  home: string,
): { readonly ok: true; readonly value: UserSettings } | { readonly ok: false; readonly reason: string } {
  let value: unknown;
  try {
    value = parse(text, { strict: true, uniqueKeys: true, maxAliasCount: 0, version: "1.2" });
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
  return readShape(() => settingsOf(value ?? {}, home));
}

function settingsOf(value: unknown, home: string): UserSettings {
  const { vault, azure, sources } = knownKeys(value, "the file", ["vault", "azure", "sources"]);
  const vaultKeys = knownKeys(vault ?? {}, "vault", ["file", "passphraseFile", "keyFile", "autoLock"]);
  const azureKeys = knownKeys(azure ?? {}, "azure", ["suffix", "authority", "tenant", "client", "secret"]);
  const path = (key: keyof typeof vaultKeys): string | null =>
    vaultKeys[key] === undefined ? null : pathOf(vaultKeys[key], `vault.${key}`, home);
  const text = (key: keyof typeof azureKeys): string | null =>
    azureKeys[key] === undefined
      ? null
      : textOf(azureKeys[key], `azure.${key}`, 253, /^(?:https:\/\/)?[A-Za-z0-9.:-]+\/?$/u);
  return {
    vault: {
      file: path("file"),
      passphraseFile: path("passphraseFile"),
      keyFile: path("keyFile"),
      autoLockMs:
        vaultKeys.autoLock === undefined ? AUTO_LOCK_MS : durationOf(vaultKeys.autoLock, "vault.autoLock", 86_400_000),
    },
    azure: {
      suffix: text("suffix"),
      authority: text("authority"),
      tenant: text("tenant"),
      client: text("client"),
      secret: azureKeys.secret === undefined ? null : azureSecret(azureKeys.secret, home),
    },
    sources: Object.fromEntries(
      Object.entries(recordOf(sources ?? {}, "sources")).map(([name, source]) => [
        textOf(name, `sources.${name}`, 96, ENTRY_NAME),
        sourceOf(source, `sources.${name}`, home),
      ]),
    ),
  };
}

// Azure is asked before the vault is opened.
function azureSecret(value: unknown, home: string): UserSource {
  const source = sourceOf(value, "azure.secret", home);
  if (source.kind === "vault" || source.kind === "azure-kv")
    throw new ShapeError("azure.secret", "a source that needs neither the vault nor Azure");
  return source;
}

function sourceOf(value: unknown, at: string, home: string): UserSource {
  if (typeof value !== "string") return execOf(value, at);
  const known = parseSource(value);
  if (known !== null) return known;
  if (value.startsWith("file:")) return { kind: "file", path: pathOf(value.slice("file:".length), at, home) };
  if (/^op:\/\/[^\p{C}\s?][^\p{C}]*$/u.test(value)) return { kind: "op", reference: value };
  const ssm = /^ssm:\/\/(?<region>(?:[a-z][a-z0-9-]*)?)(?<parameter>\/[A-Za-z0-9_./-]+)$/u.exec(value)?.groups;
  if (ssm !== undefined) return { kind: "ssm", region: ssm["region"] || null, parameter: ssm["parameter"] ?? "" };
  throw new ShapeError(
    at,
    "`vault`, `env:NAME`, `file:PATH`, `azure-kv://VAULT/SECRET`, `op://…`, `ssm://REGION/PATH` or `{ exec: [PROGRAM, …] }`",
  );
}

function execOf(value: unknown, at: string): UserSource {
  const { exec, timeout, format } = knownKeys(value, at, ["exec", "timeout", "format"]);
  const command = listOf(exec, `${at}.exec`, (each, where) => textOf(each, where, 4096));
  const [program = ""] = command;
  // A name is looked up in PATH, and a path leads to the same file from everywhere.
  if (program === "" || (program.includes("/") && !program.startsWith("/")))
    throw new ShapeError(`${at}.exec`, "a program's name or its absolute path, and its arguments, as a list");
  return {
    kind: "exec",
    command,
    timeoutMs: timeout === undefined ? PROGRAM_MS : durationOf(timeout, `${at}.timeout`, MOST_PROGRAM_MS),
    format: format === undefined ? "text" : oneOf(format, `${at}.format`, ["text", "token", "aws"]),
  };
}

function pathOf(value: unknown, at: string, home: string): string {
  const path = textOf(value, at, 4096).replace(/^~(?=\/)/u, home);
  if (!path.startsWith("/")) throw new ShapeError(at, "an absolute path, or one that begins with `~/`");
  return path;
}

function durationOf(value: unknown, at: string, mostMs: number): number {
  const ms = millisecondsOf(textOf(value, at, 12, /^\d{1,9}(?:ms|s|m|h)$/u));
  if (ms < 1 || ms > mostMs) throw new ShapeError(at, `a duration up to ${mostMs / 60_000} minutes`);
  return ms;
}

function knownKeys<Key extends string>(
  value: unknown,
  at: string,
  keys: readonly Key[],
): Partial<Record<Key, unknown>> {
  const record = recordOf(value, at);
  for (const key of Object.keys(record)) {
    if (keys.some((known) => known === key)) continue;
    const near = nearest(key, keys);
    throw new ShapeError(`${at}: ${key}`, near === null ? `one of ${keys.join(", ")}` : `\`${near}\``);
  }
  // Every key that is there is one of them, as was just seen.
  return record as Partial<Record<Key, unknown>>;
}
