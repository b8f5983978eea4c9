import type { HostPattern } from "./model.ts";

/**
 * Where a kind of credential goes and what stands for it inside a sandbox. Data: read from `providers/*.yaml`, from a user's
 * own folder, or made from a `credentials` entry that names a header. Holds no value.
 */
export interface Provider {
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** In the order in which they are tried. */
  readonly places: readonly ProviderPlace[];
  /**
   * The shape of the text that stands for the secret inside a sandbox, and that satisfies the client's own checks of prefix and
   * length: plain text, in which `{alnum:N}`, `{lower:N}`, `{upper:N}`, `{digits:N}`, `{hex:N}` and `{base64url:N}` are N such
   * characters. `placeholderOf` fills them in, always in the same way for the same project and provider.
   */
  readonly placeholder: string;
  /** Variables that an agent with this credential gets, sorted by name; `{placeholder}` stands for the placeholder. */
  readonly environment: readonly ProvidedVariable[];
  /** Files that the client reads in the place of variables, below the home of the sandbox's user, sorted by path. */
  readonly files: readonly ProvidedFile[];
  /** Asked by `coop credentials test`: a request that succeeds only with a good credential; null = there is none. */
  readonly test: ProviderTest | null;
  /** How an access token of this kind is renewed; url and client may also stand in a stored value. Null = it is not. */
  readonly refresh: ProviderRefresh | null;
  /** What is known of its life, one line for people; null = nothing. */
  readonly expiry: string | null;
}

export interface ProviderPlace extends InjectionPlace {
  /** Whether hosts of a `credentials` entry that no place covers are taken as this one's: GitLab of one's own. */
  readonly ownHosts: boolean;
}

export interface ProviderRefresh {
  /** The token endpoint, https. */
  readonly url: string;
  readonly clientId: string;
  /** What the endpoint wants of the client besides; null = nothing: it is a public one. */
  readonly clientSecret: string | null;
  /** How the endpoint takes its parameters. */
  readonly encoding: RefreshEncoding;
}

export type RefreshEncoding = "form" | "json";

/** In `value` `{placeholder}` stands for the placeholder, `{endpoint}` for where the gateway gives it as keys of AWS. */
export interface ProvidedVariable {
  readonly name: string;
  readonly value: string;
}

/** In `content` `{placeholder}` stands for the placeholder. */
export interface ProvidedFile {
  /** Relative to the home, such as `.codex/auth.json`. */
  readonly path: string;
  readonly content: string;
}

/** 2xx = the credential is good, 401 and 403 = it was refused; anything else says nothing about it. */
export interface ProviderTest {
  readonly method: string;
  /** On a host of the places, https; `{placeholder}` where the secret goes into the path. */
  readonly url: string;
  /** In their values `{placeholder}` stands for the placeholder. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Where and how a credential is put into the requests for some hosts. Of several places the first whose hosts and paths cover
 * the request counts; no place = the credential is not used there.
 */
export interface InjectionPlace {
  readonly hosts: readonly HostPattern[];
  /** Globs as in rules; empty = every path. */
  readonly paths: readonly string[];
  readonly into: Injection;
  /**
   * Lower-case names of every header in which a client may carry the placeholder. Placeholder or absent = injected; anything
   * else there = refused with `client-credential`, unless the rule says `override: client`.
   */
  readonly carriers: readonly string[];
  /** Names of query parameters of the same kind. */
  readonly queryCarriers: readonly string[];
  /** Header values added to what the client sent, as a comma-separated list (`anthropic-beta`). */
  readonly merge: readonly { readonly name: string; readonly value: string }[];
}

export type Injection =
  /** `prefix` goes before the secret: `Bearer `, `token `, or nothing. The header's name is in lower case. */
  | { readonly kind: "header"; readonly header: string; readonly prefix: string }
  /** `Authorization: Basic base64(user:secret)`; user null = the secret holds `user:password`. */
  | { readonly kind: "basic"; readonly user: string | null }
  /** A query parameter. */
  | { readonly kind: "query"; readonly parameter: string }
  /** A path segment that begins with `prefix`: the rest of it is the secret. A request without one goes as it is. */
  | { readonly kind: "path"; readonly prefix: string }
  /** The request is signed again with AWS Signature Version 4; service and region are read from the client's own signature. */
  | { readonly kind: "aws-sigv4" };

/** What a credential's value is, once read from its source. Only ever in memory. */
export type SecretValue =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "aws";
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string | null;
    }
  | {
      readonly kind: "oauth";
      readonly accessToken: string;
      /** Milliseconds since the epoch; null = it does not say. */
      readonly expiresAt: number | null;
      /** How a new one is had; null = it cannot be refreshed. */
      readonly refresh: OAuthRefresh | null;
    };

export interface OAuthRefresh {
  readonly token: string;
  /** The token endpoint, https. */
  readonly url: string;
  readonly clientId: string;
  /** Of a client that has one; absent = a public client. */
  readonly clientSecret?: string;
}
