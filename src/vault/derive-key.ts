import { CoopError } from "../diagnostics/coop-error.ts";

/** Argon2id's costs, kept in the file that they protect, so that new files can cost more than old ones. */
export interface KeyCosts {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** RFC 9106's second recommended choice, in one lane: 64 MiB, three passes. */
export const KEY_COSTS: KeyCosts = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 };

// A foreign file must not make this machine work for hours or ask for a terabyte, nor pass for protected when it is not.
const BOUNDS = {
  memoryKiB: { least: 8 * 1024, most: 1024 * 1024 },
  passes: { least: 1, most: 16 },
  lanes: { least: 1, most: 8 },
} as const satisfies Record<keyof KeyCosts, { readonly least: number; readonly most: number }>;

/** Which cost is out of bounds, and how; null = none. */
export function costProblem(costs: KeyCosts): string | null {
  for (const name of ["memoryKiB", "passes", "lanes"] as const) {
    const { least, most } = BOUNDS[name];
    const value = costs[name];
    if (!Number.isInteger(value) || value < least || value > most)
      return `${name} is ${value}, outside of ${least} to ${most}`;
  }
  return null;
}

/** The 32-byte key of a passphrase. Takes as long as the costs say; rejects costs that are out of bounds. */
export async function deriveKey(passphrase: string, salt: Uint8Array, costs: KeyCosts): Promise<Uint8Array> {
  const problem = costProblem(costs);
  if (problem !== null)
    throw new CoopError("VAULT_FOREIGN", `The key derivation asks too much or too little: ${problem}.`);
  // Large, and few commands need it.
  const { argon2id } = await import("hash-wasm");
  return await argon2id({
    // One text has several spellings in Unicode, and keyboards differ in which they send.
    password: passphrase.normalize("NFKC"),
    salt,
    iterations: costs.passes,
    memorySize: costs.memoryKiB,
    parallelism: costs.lanes,
    hashLength: 32,
    outputType: "binary",
  });
}
