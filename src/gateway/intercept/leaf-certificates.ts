import { type SecureContext, createSecureContext } from "node:tls";
import type { webcrypto } from "node:crypto";
import type { Clock } from "../../ports/clock.ts";
import type { Authority } from "../provisions.ts";
import { type Signer, keyPem, leafKeys, readSigner, signLeaf } from "./sign-leaf.ts";

/** How many hosts' contexts are kept; each is some tens of KiB. */
const KEPT = 1024;
/** Made anew well before a client could meet one that is over. */
const RENEW_BEFORE_MS = 60 * 60_000;

interface Leaf {
  readonly context: Promise<SecureContext>;
  /** Milliseconds since the epoch; infinite while it is being made. */
  renewAt: number;
}

interface Keys {
  readonly pair: webcrypto.CryptoKeyPair;
  readonly pem: string;
}

/**
 * What intercepted hosts show: a certificate for exactly one host each, signed by the authority that is held at this moment.
 * One key for all of them, made at the first; simultaneous callers for a host wait for the same one.
 */
export class LeafCertificates {
  readonly #authority: () => Authority | null;
  readonly #clock: Pick<Clock, "now">;
  readonly #kept: number;
  /** The authority that everything below is of. */
  #of: Authority | null = null;
  #signer: Promise<Signer> | null = null;
  #keys: Promise<Keys> | null = null;
  #leaves = new Map<string, Leaf>();

  constructor(authority: () => Authority | null, clock: Pick<Clock, "now">, kept: number = KEPT) {
    this.#kept = kept;
    this.#authority = authority;
    this.#clock = clock;
  }

  /** Whether there is anything to sign with. */
  ready(): boolean {
    return this.#authority() !== null;
  }

  /** For a canonical host. Null while there is no authority; rejects when what is held is none. */
  async contextFor(host: string): Promise<SecureContext | null> {
    const authority = this.#authority();
    if (authority === null) return null;
    if (authority !== this.#of) {
      this.#of = authority;
      this.#signer = readSigner(authority);
      this.#leaves = new Map();
    }
    const known = this.#leaves.get(host);
    this.#leaves.delete(host);
    const leaf = known !== undefined && known.renewAt > this.#clock.now() ? known : this.#make(host, this.#leaves);
    // The one that was used last stands last.
    this.#leaves.set(host, leaf);
    for (const oldest of this.#leaves.keys()) {
      if (this.#leaves.size <= this.#kept) break;
      this.#leaves.delete(oldest);
    }
    return leaf.context;
  }

  #make(host: string, leaves: Map<string, Leaf>): Leaf {
    const made = this.#sign(host);
    const leaf: Leaf = { context: made.then((each) => each.context), renewAt: Number.POSITIVE_INFINITY };
    made.then(
      (each) => (leaf.renewAt = each.notAfter - RENEW_BEFORE_MS),
      () => leaves.delete(host),
    );
    return leaf;
  }

  async #sign(host: string): Promise<{ readonly context: SecureContext; readonly notAfter: number }> {
    this.#keys ??= makeKeys();
    const [signer, keys] = await Promise.all([this.#signer, this.#keys]);
    if (signer === null) throw new Error("no authority");
    if (signer.certificate.notAfter.getTime() <= this.#clock.now()) throw new Error("the authority has expired");
    const { pem, notAfter } = await signLeaf(signer, keys.pair.publicKey, host, this.#clock.now());
    const context = createSecureContext({ key: keys.pem, cert: `${pem}\n${signer.chain}`, minVersion: "TLSv1.2" });
    return { context, notAfter };
  }
}

async function makeKeys(): Promise<Keys> {
  const pair = await leafKeys();
  return { pair, pem: await keyPem(pair.privateKey) };
}
