import { isDeepStrictEqual } from "node:util";
import type { SecretValue } from "../../model/provider.ts";
import type { DecisionLog } from "../decision-log.ts";
import type { Provisions } from "../provisions.ts";
import { hidden } from "./hidden.ts";

/**
 * What the gateway holds in memory alone. It is replaced whole, in one step. What is given again unchanged stays the same
 * object, so that whatever was made of it (certificates, filters, renewed tokens) stays as well.
 */
export class HeldProvisions {
  readonly #log: DecisionLog;
  #held: Provisions | null = null;

  constructor(log: DecisionLog) {
    this.#log = log;
  }

  /** Null = nobody has given any since the start. */
  get current(): Provisions | null {
    return this.#held;
  }

  /** Drops values; gives those that were there, by name. What is held is called otherwise then: it is not what was given. */
  forget(names: readonly string[]): Readonly<Record<string, SecretValue>> {
    const before = this.#held;
    const entries = Object.entries(before?.credentials ?? {});
    const dropped = entries.filter(([name]) => names.includes(name));
    if (before === null || dropped.length === 0) return {};
    const left = entries.filter(([name]) => !names.includes(name));
    const digest = `part-of.${before.digest}`.slice(0, 128);
    this.#held = hidden<Provisions>({
      version: 1,
      authority: before.authority,
      digest,
      credentials: Object.fromEntries(left),
    });
    this.#log.event("provisions-forgotten", { credentials: dropped.map(([name]) => name) });
    return Object.fromEntries(dropped);
  }

  replace(given: Provisions): void {
    const before = this.#held;
    const credentials = Object.entries(given.credentials).map(([name, value]): readonly [string, SecretValue] => {
      const known = before !== null && Object.hasOwn(before.credentials, name) ? before.credentials[name] : undefined;
      return [name, known !== undefined && isDeepStrictEqual({ ...known }, { ...value }) ? known : value];
    });
    const sameAuthority =
      before?.authority?.chain === given.authority?.chain && before?.authority?.key === given.authority?.key;
    this.#held = hidden<Provisions>({
      version: 1,
      digest: given.digest,
      credentials: Object.fromEntries(credentials),
      authority: sameAuthority ? (before?.authority ?? null) : given.authority,
    });
    this.#log.event("provisions-taken", {
      digest: given.digest,
      credentials: Object.keys(given.credentials).toSorted(),
      authority: given.authority !== null,
    });
  }
}
