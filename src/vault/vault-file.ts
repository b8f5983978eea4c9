import { createHash } from "node:crypto";
import { readShape } from "../diagnostics/json-shape.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import { headerOf } from "./vault-header.ts";
import type { VaultHeader } from "./vault-header.ts";

/** A vault as it lies on the disk, locked. */
export interface VaultFile {
  readonly path: string;
  /** The bytes as read: whoever writes proves by them that nobody wrote meanwhile. */
  readonly bytes: Buffer;
  readonly header: VaultHeader;
  /** The open lines, byte for byte: what the sealed part is bound to. */
  readonly bound: string;
  readonly sealed: Buffer;
}

const MAGIC = "coop-vault";
const VERSION = 1;

/** Far above any use: a hundred values of a few kilobytes are half a megabyte. */
export const VAULT_LIMIT = 16 * 1024 * 1024;

/**
 * Four lines: `coop-vault 1`; the header as JSON; the sealed values as base64; and a checksum of all before it, by which
 * damage is told from a wrong passphrase. Rejects with what exactly is wrong; changes nothing.
 */
export function parseVault(path: string, bytes: Buffer): VaultFile {
  const text = bytes.toString("latin1");
  const version = /^coop-vault (\d{1,6})\n/u.exec(text)?.[1];
  if (version === undefined) throw `${MAGIC} 1\n`.startsWith(text) ? truncated(path) : foreign(path, "");
  if (Number(version) > VERSION) {
    throw new CoopError(
      "VAULT_NEWER",
      `${path} was written by a newer coop (format ${version}); this one reads ${VERSION}.`,
      {
        mend: "Update coop. The file was left as it is.",
      },
    );
  }
  const lines = text.split("\n");
  if (lines.length < 5 && !/sha256 [0-9a-f]{64}.?$/mu.test(text)) throw truncated(path);
  const [magic = "", header = "", sealed = "", checksum = ""] = lines;
  const body = `${magic}\n${header}\n${sealed}\n`;
  if (lines.length !== 5 || checksum !== checksumOf(body)) throw damaged(path);
  const bound = Buffer.from(`${magic}\n${header}\n`, "latin1").toString("utf8");
  const read = readShape(() => headerOf(JSON.parse(bound.slice(magic.length + 1))));
  if (!read.ok) throw foreign(path, ` (${read.reason})`);
  return { path, bytes, header: read.value, bound, sealed: Buffer.from(sealed, "base64") };
}

/** The open lines of a vault with this header. */
export function boundText(header: VaultHeader): string {
  return `${MAGIC} ${VERSION}\n${JSON.stringify(header)}\n`;
}

/** The bytes of a vault: `bound` as boundText gave it, and what was sealed with it. */
export function printVault(bound: string, sealed: Buffer): Buffer {
  const body = Buffer.from(`${bound}${sealed.toString("base64")}\n`, "utf8");
  return Buffer.concat([body, Buffer.from(`${checksumOf(body.toString("latin1"))}\n`)]);
}

function checksumOf(body: string): string {
  return `sha256 ${createHash("sha256").update(body, "latin1").digest("hex")}`;
}

function truncated(path: string): CoopError {
  return new CoopError("VAULT_TRUNCATED", `${path} ends too early: it was cut short after coop wrote it.`, {
    mend: "Put a copy of it back from a backup. The file was left as it is.",
  });
}

function damaged(path: string): CoopError {
  return new CoopError("VAULT_DAMAGED", `${path} is damaged: its bytes are not those that coop wrote.`, {
    mend: "Put a copy of it back from a backup. The file was left as it is.",
  });
}

function foreign(path: string, why: string): CoopError {
  return new CoopError("VAULT_FOREIGN", `${path} is no vault of coop's${why}.`, {
    mend: "Move it away, or name another place by `vault.file` in your credentials.yaml. The file was left as it is.",
  });
}
