import { listOf, nullOr, objectOf, oneOf, ShapeError, textOf } from "../diagnostics/json-shape.ts";
import { costProblem } from "./derive-key.ts";
import type { KeyCosts } from "./derive-key.ts";

/** The open part of the vault: readable without a key, and bound to the sealed part, so that no edit goes unseen. */
export interface VaultHeader {
  /** 32 hexadecimal digits, drawn once: a machine's key belongs to one vault. */
  readonly id: string;
  /** Counts the writes. */
  readonly generation: number;
  /** Ways to the key of the values; any one of them opens it. */
  readonly slots: readonly KeySlot[];
  /** Sorted by name. */
  readonly entries: readonly EntryMeta[];
  /** Base64, of the sealed part. */
  readonly nonce: string;
}

/** The key of the values, sealed under another key. */
export type KeySlot = PassphraseSlot | HeldKeySlot;

export interface PassphraseSlot {
  readonly kind: "passphrase";
  readonly costs: KeyCosts;
  /** 32 bytes, base64. */
  readonly salt: string;
  readonly nonce: string;
  readonly wrapped: string;
}

/** For a random key that lies in a file of this machine, or in the keyring of its desktop. */
export interface HeldKeySlot {
  readonly kind: "key-file" | "keyring";
  readonly nonce: string;
  readonly wrapped: string;
}

/** What everybody who can read the file may know of a value. */
export interface EntryMeta {
  /** `anthropic`, or `anthropic@work` for another account. */
  readonly name: string;
  /** Drawn anew with each value: says that a value has changed, and nothing about it. 16 hexadecimal digits. */
  readonly version: string;
  readonly kind: "text" | "aws" | "oauth";
  /** A provider's name; null = none was said. */
  readonly provider: string | null;
  /** ISO 8601, in UTC, as are all times here. */
  readonly created: string;
  /** Null = it is the first value. */
  readonly rotated: string | null;
  /** Null = not known to end. */
  readonly expires: string | null;
  /** A line of the user's own. */
  readonly note: string | null;
}

/** A name, or one with the account that it is for. */
export const ENTRY_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:@[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)?$/u;

/** Narrows the header's JSON; throws a ShapeError. */
export function headerOf(value: unknown): VaultHeader {
  const { id, generation, slots, entries, nonce } = objectOf(value, "header", [
    "id",
    "generation",
    "slots",
    "entries",
    "nonce",
  ]);
  return {
    id: textOf(id, "id", 32, /^[0-9a-f]{32}$/u),
    generation: wholeOf(generation, "generation"),
    slots: listOf(slots, "slots", slotOf),
    entries: listOf(entries, "entries", entryOf),
    nonce: bytesOf(nonce, "nonce", 24),
  };
}

function slotOf(value: unknown, at: string): KeySlot {
  const { kind } = Object(value) as { readonly kind?: unknown }; // only to choose; each shape is checked wholly below
  if (kind !== "passphrase") {
    const held = objectOf(value, at, ["kind", "nonce", "wrapped"]);
    return { kind: oneOf(held.kind, `${at}.kind`, ["key-file", "keyring"]), ...wrappedOf(held, at) };
  }
  const slot = objectOf(value, at, ["kind", "costs", "salt", "nonce", "wrapped"]);
  const costs = objectOf(slot.costs, `${at}.costs`, ["memoryKiB", "passes", "lanes"]);
  const numbers = {
    memoryKiB: wholeOf(costs.memoryKiB, `${at}.costs.memoryKiB`),
    passes: wholeOf(costs.passes, `${at}.costs.passes`),
    lanes: wholeOf(costs.lanes, `${at}.costs.lanes`),
  };
  const problem = costProblem(numbers);
  if (problem !== null) throw new ShapeError(`${at}.costs`, `sound costs, but ${problem}`);
  return { kind, costs: numbers, salt: bytesOf(slot.salt, `${at}.salt`, 32), ...wrappedOf(slot, at) };
}

// 32 bytes of key and 16 of Poly1305's tag.
function wrappedOf(
  slot: { readonly nonce: unknown; readonly wrapped: unknown },
  at: string,
): Pick<HeldKeySlot, "nonce" | "wrapped"> {
  return { nonce: bytesOf(slot.nonce, `${at}.nonce`, 24), wrapped: bytesOf(slot.wrapped, `${at}.wrapped`, 48) };
}

function entryOf(value: unknown, at: string): EntryMeta {
  const entry = objectOf(value, at, ["name", "version", "kind", "provider", "created", "rotated", "expires", "note"]);
  const time = (each: unknown, key: string): string => textOf(each, `${at}.${key}`, 24, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/u);
  return {
    name: textOf(entry.name, `${at}.name`, 96, ENTRY_NAME),
    version: textOf(entry.version, `${at}.version`, 16, /^[0-9a-f]{16}$/u),
    kind: oneOf(entry.kind, `${at}.kind`, ["text", "aws", "oauth"]),
    provider: nullOr(entry.provider, (each) => textOf(each, `${at}.provider`, 64)),
    created: time(entry.created, "created"),
    rotated: nullOr(entry.rotated, (each) => time(each, "rotated")),
    expires: nullOr(entry.expires, (each) => time(each, "expires")),
    note: nullOr(entry.note, (each) => textOf(each, `${at}.note`, 500)),
  };
}

function wholeOf(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new ShapeError(at, "a whole number");
  return value;
}

function bytesOf(value: unknown, at: string, length: number): string {
  const text = textOf(value, at, 200, /^[A-Za-z0-9+/]+=*$/u);
  if (Buffer.from(text, "base64").length !== length) throw new ShapeError(at, `${length} bytes in base64`);
  return text;
}
