import { CoopError } from "../../../diagnostics/coop-error.ts";
import type { InjectionPlace, Provider, ProviderTest, SecretValue } from "../../../model/provider.ts";
import { placesOf } from "../../../providers/places-of.ts";
import type { ProviderBook } from "../../../providers/provider-book.ts";
import { httpsRequest } from "../../../sources/https-request.ts";
import type { HttpsRequest } from "../../../sources/https-request.ts";
import { vaultName } from "../../../sources/secret-request.ts";
import { credentialValues } from "../../credentials/credential-values.ts";
import { entryName } from "../../credentials/open-vault.ts";
import { namedProvider, signsForAws, userProviders } from "../../credentials/providers.ts";
import { ownValue } from "../../credentials/own-value.ts";
import { tryCredential } from "../../credentials/try-credential.ts";
import type { Verdict } from "../../credentials/try-credential.ts";
import { openFile } from "../../open-project.ts";
import { EXIT } from "../../shell.ts";
import type { ExitCode, Shell } from "../../shell.ts";

interface TestArguments {
  readonly name: string;
  readonly profile: string | null;
  /** Null = the one that was said when it was stored. */
  readonly provider: string | null;
  readonly file: string | null;
  readonly json: boolean;
}

const DEADLINE_MS = 20_000;

/** What is sent where. */
interface Tried {
  readonly provider: Provider;
  readonly places: readonly InjectionPlace[];
  readonly value: SecretValue;
}

/** `coop credentials test NAME`: asks its provider whether it is good. A busy or faulty server is no word against it. */
export async function testCommand(
  args: TestArguments,
  shell: Shell,
  request: HttpsRequest = httpsRequest({ deadlineMs: DEADLINE_MS, maxBytes: 4096 }),
): Promise<ExitCode> {
  entryName(args.name, args.profile);
  const tried = (await ownTried(args, shell)) ?? (await projectTried(args, shell));
  if ("exit" in tried) return tried.exit;
  const test = testOf(tried.provider, args.name);
  const verdict = await tryCredential({ name: args.name, ...tried, test }, request, Date.now(), shell.signal);
  if (args.json) shell.out(`${JSON.stringify({ version: 1, name: args.name, ...verdict }, null, 2)}\n`);
  else shell.out(`${args.name}: ${WORDS[verdict.verdict]}. ${verdict.why}\n`);
  return verdict.verdict === "refused" ? EXIT.failed : EXIT.done;
}

const WORDS = { good: "good", refused: "REFUSED", unknown: "not known" } as const satisfies Record<
  Verdict["verdict"],
  string
>;

// Of the user's own store; no file of a repository says anything here.
async function ownTried(args: TestArguments, shell: Shell): Promise<Tried | null> {
  const book = userProviders(shell);
  const own = await ownValue(
    args.name,
    args.profile,
    (known) => (signsForAws(providerFor(args, known, book)) ? "aws" : "header"),
    shell,
  );
  if (own === null) return null;
  const provider = providerFor(args, own.provider, book);
  return { provider, places: provider.places.filter((each) => each.hosts.length > 0), value: own.value };
}

// As the repository's file has it, by the user's grant alone.
async function projectTried(args: TestArguments, shell: Shell): Promise<Tried | { readonly exit: ExitCode }> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened;
  const { project } = opened;
  const credential = project.model.credentials.find((each) => each.name === args.name);
  if (credential === undefined) {
    throw new CoopError("NOT_FOUND", `Neither the vault, nor your settings, nor ${project.file} have "${args.name}".`, {
      mend: `coop credentials set ${vaultName(args.name, args.profile)}`,
    });
  }
  const provider = providerFor(args, credential.provider, userProviders(shell));
  const value = (await credentialValues(project, [args.name], shell))[args.name];
  if (value === undefined) throw new Error(`${args.name} was read and is not there`);
  return { provider, places: placesOf(credential, provider).places, value };
}

function providerFor(args: TestArguments, known: string | null, book: ProviderBook): Provider {
  const name = args.provider ?? known ?? (book.find(args.name) === null ? null : args.name);
  if (name !== null) return namedProvider(name, book);
  throw new CoopError("USAGE", `Nothing says whose credential "${args.name}" is.`, {
    mend: `coop credentials test ${args.name} --provider NAME`,
  });
}

function testOf(provider: Provider, name: string): ProviderTest {
  if (provider.test !== null) return provider.test;
  throw new CoopError("NOT_FOUND", `The provider ${provider.name} has no test, so "${name}" cannot be tried.`, {
    mend: "Add `test` to it, where it is one of your own.",
  });
}
