import { CoopError } from "../../diagnostics/coop-error.ts";
import type { SecretValue } from "../../model/provider.ts";
import { readSecrets } from "../../sources/read-secrets.ts";
import { vaultName } from "../../sources/secret-request.ts";
import type { SecretRequest } from "../../sources/secret-request.ts";
import type { Shell } from "../shell.ts";
import { missingOnes } from "./missing.ts";
import { secretReaders } from "./secret-readers.ts";

/** A value of the user's own store and whose it is said to be. */
export interface OwnValue {
  readonly value: SecretValue;
  readonly provider: string | null;
}

/** Reads a name of the user's own from the vault, or from where their settings say; null = neither has it. */
export async function ownValue(
  name: string,
  profile: string | null,
  useOf: (provider: string | null) => SecretRequest["use"],
  shell: Shell,
): Promise<OwnValue | null> {
  const readers = await secretReaders(shell, []);
  const entry = vaultName(name, profile);
  const vault = await readers.vault();
  const meta = vault?.header.entries.find((each) => each.name === entry);
  if (meta === undefined && readers.ownSource(entry) === null) return null;
  const provider = meta?.provider ?? null;
  const request: SecretRequest = { name, from: { kind: "vault" }, profile, use: useOf(provider) };
  const secrets = await readSecrets([request], readers, shell.signal);
  if (!secrets.ok) throw missingOnes(secrets.missing);
  const value = secrets.values[name];
  if (value === undefined) throw new CoopError("NOT_FOUND", `"${entry}" has no value.`);
  return { value, provider };
}
