import { createHmac } from "node:crypto";
import type { LoadedProject } from "../../config/load.ts";
import { isInjection } from "../../grants/grant.ts";
import type { Credential } from "../../model/model.ts";
import type { SecretValue } from "../../model/provider.ts";
import type { ProviderBook } from "../../providers/provider-book.ts";
import { readSecrets } from "../../sources/read-secrets.ts";
import { vaultName } from "../../sources/secret-request.ts";
import type { MissingSecret, SecretRequest } from "../../sources/secret-request.ts";
import type { Shell } from "../shell.ts";
import type { JudgedRequest } from "./grants.ts";
import { missingOnes } from "./missing.ts";
import { storeMissing } from "./store-missing.ts";
import { signsForAws, userProviders } from "./providers.ts";
import { secretReaders } from "./secret-readers.ts";
import { versionKey } from "./version-key.ts";

/** The values of all that is granted, by name; everything that is missing is told at once. */
export async function readGranted(
  project: LoadedProject,
  judged: readonly JudgedRequest[],
  shell: Shell,
): Promise<Readonly<Record<string, SecretValue>>> {
  const requests = requestsOf(project, judged, userProviders(shell));
  const unset = judged.flatMap(({ request }) => unsetVariable(request.credential, request.source, shell));
  const readers = await secretReaders(shell, withheldBy(judged));
  const secrets = await readSecrets(requests, readers, shell.signal);
  if (
    !secrets.ok &&
    unset.length === 0 &&
    (await storeMissing(secrets.missing, { requests, credentials: project.model.credentials }, shell))
  )
    return readGranted(project, judged, shell);
  const missing = [...(secrets.ok ? [] : secrets.missing), ...unset];
  if (!secrets.ok || missing.length > 0) throw missingOnes(missing);
  for (const each of secrets.warnings) shell.err(`warning: ${each}\n`);
  return secrets.values;
}

/** A digest of each value that is granted and can be read now, keyed with a secret of this user's. */
export async function grantedVersions(
  project: LoadedProject,
  judged: readonly JudgedRequest[],
  shell: Shell,
): Promise<Readonly<Record<string, string>>> {
  const key = await versionKey(shell);
  const digest = (value: string): string => createHmac("sha256", key).update(value).digest("hex").slice(0, 16);
  const variables = judged.flatMap(({ request }) => {
    const value = request.credential === null ? shell.environment[request.source.slice("env:".length)] : undefined;
    return value === undefined ? [] : [[request.source, digest(value)] as const];
  });
  const requests = requestsOf(project, judged, userProviders(shell));
  if (requests.length === 0) return Object.fromEntries(variables);
  const readers = await secretReaders(shell, withheldBy(judged));
  const vault = requests.some((each) => each.from.kind === "vault") ? await readers.vault() : null;
  const credentials = await Promise.all(
    requests.map(async (request) => {
      const entry = vaultName(request.name, request.profile);
      const key = `credential:${request.name}`;
      if (request.from.kind === "vault" && readers.ownSource(entry) === null) {
        const version = vault?.header.entries.find((each) => each.name === entry)?.version;
        return version === undefined ? [] : [[key, version] as const];
      }
      const secrets = await readSecrets([request], readers, shell.signal);
      const value = secrets.ok ? secrets.values[request.name] : undefined;
      return value === undefined ? [] : [[key, digest(versionText(value, Date.now()))] as const];
    }),
  );
  return Object.fromEntries([...variables, ...credentials.flat()]);
}

/** One request for each granted credential: it has one value, in however many places it is used. */
function requestsOf(
  project: LoadedProject,
  judged: readonly JudgedRequest[],
  book: ProviderBook,
): readonly SecretRequest[] {
  return project.model.credentials.flatMap((credential): readonly SecretRequest[] => {
    const used = judged.filter((each) => each.request.credential === credential.name && each.grant !== null);
    // Where one account goes into requests and another one into a variable, the one for requests counts.
    const first = used.find((each) => isInjection(each.request)) ?? used[0];
    if (first === undefined) return [];
    const { name, from } = credential;
    return [{ name, from, profile: first.grant?.profile ?? null, use: useOf(credential, used, book) }];
  });
}

function useOf({ provider }: Credential, used: readonly JudgedRequest[], book: ProviderBook): SecretRequest["use"] {
  if (!used.some((each) => isInjection(each.request))) return "environment";
  return provider !== null && signsForAws(book.find(provider)) ? "aws" : "header";
}

// What is in the process's own environment goes to no program that is run for another value.
function withheldBy(judged: readonly JudgedRequest[]): readonly string[] {
  return judged.flatMap(({ request: { source } }) => (source.startsWith("env:") ? [source.slice("env:".length)] : []));
}

/** As long as this, a gateway keeps a token that a program makes anew whenever it is asked. */
const PERIOD_MS = 15 * 60_000;

// Two tokens that were made one after the other are not another credential: a plan after an apply would never be empty.
function versionText(value: SecretValue, now: number): string {
  const isMade =
    (value.kind === "oauth" && value.expiresAt !== null) || (value.kind === "aws" && value.sessionToken !== null);
  return isMade ? `made in the period ${Math.floor(now / PERIOD_MS)}` : JSON.stringify(value);
}

function unsetVariable(credential: string | null, source: string, shell: Shell): readonly MissingSecret[] {
  const variable = source.slice("env:".length);
  if (credential !== null || shell.environment[variable] !== undefined) return [];
  return [{ name: variable, source, why: "is not set in this environment", mend: `export ${variable}=…`, entry: null }];
}
