import type { CredentialSource } from "../model/model.ts";
import type { SecretValue } from "../model/provider.ts";

/** A value that a project needs and its user has granted. */
export interface SecretRequest {
  /** The name in the file's `credentials`, or the variable's for one that the file takes from the environment. */
  readonly name: string;
  readonly from: CredentialSource;
  /** Which of the user's accounts, as the grant says; null = the one without a name. */
  readonly profile: string | null;
  /**
   * What it must be. `header`: one line of visible characters, since it goes into a request's head; `aws`: an access key;
   * `environment`: any text.
   */
  readonly use: "header" | "aws" | "environment";
}

/** Where a value comes from by the user's own settings: everything that a repository may name, and what it may not. */
export type UserSource =
  | CredentialSource
  | { readonly kind: "file"; readonly path: string }
  | ExecSource
  /** 1Password, by its own program. */
  | { readonly kind: "op"; readonly reference: string }
  /** The parameter store of AWS, by its own program. */
  | { readonly kind: "ssm"; readonly region: string | null; readonly parameter: string };

export interface ExecSource {
  readonly kind: "exec";
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** `text`: the output is the value; `token`: JSON with `token` and `expiresAt`; `aws`: as AWS's `credential_process` prints. */
  readonly format: "text" | "token" | "aws";
}

/** All the values, or everything that is missing, each with the command that mends it. */
export type Secrets =
  | { readonly ok: true; readonly values: Readonly<Record<string, SecretValue>>; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly missing: readonly MissingSecret[] };

export interface MissingSecret {
  readonly name: string;
  /** `vault:anthropic`, `env:TOKEN`, `azure-kv://v/s`. */
  readonly source: string;
  /** A clause: `is not set in this environment`. */
  readonly why: string;
  /** A command, or what else to do. */
  readonly mend: string;
  /** The name under which the vault would have it; null = it is missing for another reason. */
  readonly entry: string | null;
}

/** A source as people write it. */
export function sourceText(source: UserSource, name: string): string {
  switch (source.kind) {
    case "vault":
      return `vault:${name}`;
    case "env":
      return `env:${source.variable}`;
    case "azure-kv":
      return `azure-kv://${source.reference}`;
    case "file":
      return `file:${source.path}`;
    case "exec":
      return `exec:${source.command[0] ?? ""}`;
    case "op":
      return source.reference;
    case "ssm":
      return `ssm://${source.region ?? ""}${source.parameter}`;
  }
}

/** The vault's name of a credential: with the account, where one is named. */
export function vaultName(name: string, profile: string | null): string {
  return profile === null ? name : `${name}@${profile}`;
}
