import type { SecretValue } from "../model/provider.ts";
import type { AzureKeyVault } from "./azure-key-vault.ts";
import { readSecretFile } from "./read-secret-file.ts";
import { runSource } from "./run-source.ts";
import type { SecretRequest, UserSource } from "./secret-request.ts";
import { SourceFailure } from "./source-failure.ts";
import { awsValue, tokenValue, valueOfText } from "./value-of-text.ts";

/** What the sources are read with. */
export interface SourceWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where programs run: the user's settings folder, never a repository. */
  readonly cwd: string;
  /** Null = nothing says how to come to Azure. */
  readonly azure: AzureKeyVault | null;
  /** Variables that hold values of this run: programs do not get them. */
  readonly withheld: readonly string[];
}

const PROGRAM_MS = 30_000;

/** Reads one source that is not the vault. Rejects with a SourceFailure, which repeats no value. */
export async function readSource(
  source: UserSource,
  use: SecretRequest["use"],
  world: SourceWorld,
  signal: AbortSignal,
): Promise<SecretValue> {
  const run = (command: readonly string[], timeoutMs = PROGRAM_MS): Promise<string> =>
    runSource({ command, timeoutMs, cwd: world.cwd, environment: withoutValues(world) }, signal);
  switch (source.kind) {
    case "vault":
      throw new Error("the vault is read whole, not by entry");
    case "env":
      return valueOfText(fromEnvironment(source.variable, world), use);
    case "file":
      return valueOfText(await readSecretFile(source.path), use);
    case "azure-kv":
      if (world.azure === null) {
        throw new SourceFailure(
          "needs a way to Azure, and there is none",
          "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or AZURE_KEYVAULT_TOKEN.",
        );
      }
      return valueOfText(await world.azure.read(source.reference, signal), use);
    case "exec": {
      const text = await run(source.command, source.timeoutMs);
      if (source.format === "token") return tokenValue(text);
      return source.format === "aws" ? awsValue(text) : valueOfText(text, use);
    }
    case "op":
      return valueOfText(await run(["op", "read", "--no-newline", source.reference]), use);
    case "ssm":
      return valueOfText(await run(ssmCommand(source)), use);
  }
}

function fromEnvironment(variable: string, { environment }: SourceWorld): string {
  const value = environment[variable];
  if (value === undefined) throw new SourceFailure("is not set in this environment", `export ${variable}=…`);
  return value;
}

function ssmCommand({ region, parameter }: Extract<UserSource, { readonly kind: "ssm" }>): readonly string[] {
  const where = region === null ? [] : ["--region", region];
  return [
    "aws",
    "ssm",
    "get-parameter",
    "--with-decryption",
    ...where,
    "--query",
    "Parameter.Value",
    "--output",
    "text",
    "--name",
    parameter,
  ];
}

function withoutValues({ environment, withheld }: SourceWorld): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !withheld.includes(name)));
}
