import { createHmac } from "node:crypto";
import type { LoadedProject } from "../config/load.ts";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { Credential } from "../model/model.ts";
import type { SecretValue } from "../model/provider.ts";
import { readSecrets } from "../sources/read-secrets.ts";
import type { SecretReaders } from "../sources/read-secrets.ts";
import type { MissingSecret, SecretRequest } from "../sources/secret-request.ts";
import { readSource } from "../sources/source-reader.ts";
import type { Shell } from "./shell.ts";
import { settingsFolder } from "./user-folders.ts";

/** The values of credentials by name. Throws SECRETS_MISSING with all that is missing, each with its mend. */
export async function credentialValues(
  project: LoadedProject,
  names: readonly string[],
  shell: Shell,
): Promise<Readonly<Record<string, SecretValue>>> {
  if (names.length === 0) return {};
  const secrets = await readSecrets(requestsFor(project, names), readersFor(shell), shell.signal);
  if (!secrets.ok) throw missingOnes(secrets.missing);
  return secrets.values;
}

/** Digests by which a plan sees that a value has changed; what cannot be read now has none. */
export async function credentialVersions(
  project: LoadedProject,
  key: Uint8Array,
  shell: Shell,
): Promise<Readonly<Record<string, string>>> {
  const versions = await Promise.all(
    project.model.credentials.map(async ({ name }) => {
      const secrets = await readSecrets(requestsFor(project, [name]), readersFor(shell), shell.signal);
      if (!secrets.ok) return [];
      const digest = createHmac("sha256", key).update(JSON.stringify(secrets.values)).digest("hex").slice(0, 16);
      return [[`credential:${name}`, digest] as const];
    }),
  );
  return Object.fromEntries(versions.flat());
}

function requestsFor(project: LoadedProject, names: readonly string[]): readonly SecretRequest[] {
  return project.model.credentials
    .filter((each) => names.includes(each.name))
    .map((each) => ({ name: each.name, from: each.from, profile: null, use: useOf(each) }));
}

function useOf({ provider }: Credential): SecretRequest["use"] {
  return provider === "aws" ? "aws" : "header";
}

function readersFor(shell: Shell): SecretReaders {
  const world = {
    environment: shell.environment,
    cwd: settingsFolder(shell.environment),
    azure: null,
    withheld: [],
  };
  return {
    ownSource: () => null,
    read: (source, use, signal) => readSource(source, use, world, signal),
    vault: () => Promise.resolve(null),
    vaultKey: () => Promise.resolve(null),
    now: () => Date.now(),
  };
}

function missingOnes(missing: readonly MissingSecret[]): CoopError {
  const list = missing.map((each) => `\n  ${each.name} (${each.source}) ${each.why}`).join("");
  return new CoopError("SECRETS_MISSING", `Credentials that the file needs cannot be had:${list}`, {
    mend: missing.map((each) => each.mend).join("\n  = "),
  });
}
