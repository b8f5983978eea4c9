import type { Digest } from "../graph/digest.ts";
import type { Clock } from "../ports/clock.ts";
import type { DecisionLog } from "./decision-log.ts";
import { type InForce, type PolicyReading, readMasterKey, readPolicy, writeInForce } from "./policy-files.ts";
import { type KeyCheck, keyCheck } from "./identity.ts";
import type { Policy } from "./policy.ts";
import { watchPolicy } from "./policy-watch.ts";

export interface PolicyStoreDeps {
  readonly directory: string;
  /** Where `in-force.json` goes. */
  readonly inForcePath: string;
  /** Of the provisions that are held at this moment. */
  readonly provisionsDigest: () => string | null;
  readonly clock: Pick<Clock, "now">;
  readonly log: DecisionLog;
  /** Called within the swap, before anything else runs: ends what the new policy forbids. */
  readonly swapped: (policy: Policy) => number;
}

/** The policy in force. It is replaced whole after full validation; an invalid file changes nothing but the log. */
export class PolicyStore {
  readonly #deps: PolicyStoreDeps;
  #policy: Policy | null = null;
  #digest: Digest | null = null;
  #since: string;
  #master: Buffer | null = null;
  #keyCheck: KeyCheck | null = null;
  #rejected: string | null = null;
  #written = "";
  #loading: Promise<void> = Promise.resolve();
  #stop: (() => void) | null = null;
  #stopped = false;

  constructor(deps: PolicyStoreDeps) {
    this.#deps = deps;
    this.#since = new Date(deps.clock.now()).toISOString();
  }

  /** Null = deny everything. */
  get policy(): Policy | null {
    return this.#policy;
  }

  /** Null while there is no master key. */
  get keyCheck(): KeyCheck | null {
    return this.#keyCheck;
  }

  /** Loads what is there, then follows it. */
  async start(): Promise<void> {
    await this.reload();
    this.#stop = watchPolicy(this.#deps.directory, () => void this.reload());
  }

  /** Resolves when nothing is read or written any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop?.();
    await this.#loading;
  }

  /** Reads the directory again; reloads never overlap. */
  reload(): Promise<void> {
    this.#loading = this.#loading.then(() => (this.#stopped ? undefined : this.#load()));
    return this.#loading;
  }

  /** Writes `in-force.json` anew, behind any reload that is under way. */
  report(): Promise<void> {
    this.#loading = this.#loading.then(() => this.#tell());
    return this.#loading;
  }

  async #load(): Promise<void> {
    try {
      const master = await readMasterKey(this.#deps.directory);
      if (master !== null && !(this.#master?.equals(master) ?? false)) {
        this.#master = master;
        this.#keyCheck = keyCheck(master);
      }
      this.#take(await readPolicy(this.#deps.directory));
      await this.#tell();
    } catch (error) {
      this.#deps.log.event("policy-failed", { reason: String(error) });
    }
  }

  #take(reading: PolicyReading): void {
    const reason =
      reading.kind === "policy" ? null : reading.kind === "missing" ? "policy.json is missing" : reading.reason;
    if (reason !== this.#rejected && reason !== null) {
      const kept = this.#digest === null ? "everything is denied" : "the last valid policy stays in force";
      this.#deps.log.event("policy-rejected", { reason, kept, digest: this.#digest });
    }
    this.#rejected = reason;
    if (reading.kind !== "policy" || reading.digest === this.#digest) return;
    this.#policy = reading.policy;
    this.#digest = reading.digest;
    this.#since = new Date(this.#deps.clock.now()).toISOString();
    const closed = this.#deps.swapped(reading.policy);
    this.#deps.log.event("policy-in-force", { digest: reading.digest, closed });
  }

  async #tell(): Promise<void> {
    const state = this.#rejected === null ? "in-force" : this.#digest === null ? "no-policy" : "rejected";
    const inForce: InForce = {
      version: 1,
      digest: this.#digest,
      since: this.#since,
      state,
      reason: this.#rejected,
      provisions: this.#deps.provisionsDigest(),
    };
    const text = JSON.stringify(inForce);
    if (text === this.#written) return;
    await writeInForce(this.#deps.inForcePath, inForce);
    this.#written = text;
  }
}
