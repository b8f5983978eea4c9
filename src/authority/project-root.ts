import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { CoopError } from "../diagnostics/coop-error.ts";
import { atPlace } from "../diagnostics/system-refusal.ts";
import { digestOfBytes } from "../graph/digest.ts";
import type { Digest } from "../graph/digest.ts";
import { SIGNING, serialNumber } from "./signing.ts";

/** The certificate authority that all sandboxes of one project trust. Its key never leaves this machine. */
export interface ProjectRoot {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
  /** Of the certificate's DER. */
  readonly fingerprint: Digest;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Sandboxes are made anew when it changes, so it outlives any of them. */
const ROOT_YEARS = 10;

/** A clock inside a virtual machine may lag behind. */
const BACKDATED_MS = 24 * 3600 * 1000;

/**
 * The root kept in `folder`, made there if there is none. Key and certificate stand in one file (0600), so that there is never
 * one without the other; of two that are made at once, the first that is there counts for both.
 *
 * Throws STATE_UNREADABLE when the file is there and is no root, or is open to others: it is never written over.
 */
export async function projectRoot(folder: string, project: string, now: number): Promise<ProjectRoot> {
  const file = join(folder, "root.pem");
  const known = await read(file);
  if (known !== null) return known;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    await writeFile(own, await makeRoot(project, now), { mode: 0o600, flag: "wx", flush: true });
    await link(own, file);
  } catch (cause) {
    if (!isCode(cause, "EEXIST")) throw atPlace(cause, own);
  } finally {
    await rm(own, { force: true });
  }
  const made = await read(file);
  if (made === null) throw unreadable(file, "it is gone again");
  return made;
}

async function makeRoot(project: string, now: number): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: ["coop"] }, { CN: [commonName(project)] }],
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + ROOT_YEARS * YEAR_MS),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      // Below it stands one intermediate, and below that only servers.
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return `${PemConverter.encode(key, "PRIVATE KEY")}\n${certificate.toString("pem")}\n`;
}

// At most 64 characters (X.520), and another for each authority, so that no client takes one for the other.
function commonName(project: string): string {
  return `coop root of ${project.slice(0, 40)} ${randomBytes(4).toString("hex")}`;
}

async function read(file: string): Promise<ProjectRoot | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause: unknown) => {
    if (isCode(cause, "ENOENT")) return null;
    throw unreadable(file, "it cannot be opened", cause);
  });
  if (handle === null) return null;
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) {
      throw new CoopError("FILE_TOO_OPEN", `${file} holds a private key and others may read it.`, {
        mend: `chmod 600 ${file}; if somebody may have read it, remove it instead and apply again.`,
      });
    }
    return await parse(file, await handle.readFile("utf8"));
  } finally {
    await handle.close();
  }
}

async function parse(file: string, text: string): Promise<ProjectRoot> {
  try {
    const key = PemConverter.decodeFirst(text.slice(text.indexOf("-----BEGIN PRIVATE KEY-----")));
    const certificate = new X509Certificate(text.slice(text.indexOf("-----BEGIN CERTIFICATE-----")));
    return {
      certificate,
      key: await webcrypto.subtle.importKey("pkcs8", key, SIGNING, false, ["sign"]),
      fingerprint: digestOfBytes(new Uint8Array(certificate.rawData)),
    };
  } catch (cause) {
    throw unreadable(file, "it holds no key with a certificate", cause);
  }
}

function unreadable(file: string, why: string, cause?: unknown): CoopError {
  return new CoopError("STATE_UNREADABLE", `The project's certificate authority in ${file} cannot be used: ${why}.`, {
    cause,
    mend: "Move the file away; the next apply makes a new authority and the sandboxes that trust it.",
  });
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
