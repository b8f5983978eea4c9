// Made from provider.v1.schema.json by `npm run generate`. Do not edit.

/**
 * What one kind of credential is: where it goes in requests, what stands for it in a sandbox, how it is tried. It never holds a value.
 */
export interface ProviderFile {
  /**
   * The version of this format.
   */
  readonly version: "coop/provider/v1";
  /**
   * What `provider:` of a `credentials` entry says; the file has the same name.
   */
  readonly name: string;
  /**
   * One line for people.
   */
  readonly description: string;
  /**
   * The text that stands for the secret inside a sandbox, of a shape that the client accepts. `{alnum:N}`, `{lower:N}`, `{upper:N}`, `{digits:N}`, `{hex:N}` and `{base64url:N}` are N characters of that kind, other ones for each project.
   */
  readonly placeholder: string;
  /**
   * Where the secret goes. The first place that covers a request's host and path counts.
   *
   * @minItems 1
   */
  readonly places: readonly Place[];
  /**
   * Variables that the client reads; `{placeholder}` stands for the placeholder, `{endpoint}` for the address where AWS's SDKs get it as temporary keys.
   */
  readonly environment?: {
    readonly [k: string]: string;
  };
  /**
   * Files below the home that the client reads; `{placeholder}` stands for the placeholder.
   */
  readonly files?: {
    readonly [k: string]: string;
  };
  /**
   * A request that succeeds only with a good credential.
   */
  readonly test?: {
    /**
     * Default: GET.
     */
    readonly method?: "GET" | "HEAD" | "POST";
    /**
     * On a host of the places; `{placeholder}` where the secret goes into the path.
     */
    readonly url: string;
    /**
     * What the request needs besides; `{placeholder}` stands for the placeholder.
     */
    readonly headers?: {
      readonly [k: string]: string;
    };
  };
  /**
   * How an OAuth access token is renewed.
   */
  readonly refresh?: {
    /**
     * The token endpoint.
     */
    readonly url: string;
    /**
     * The public id of the client that the token was given to.
     */
    readonly clientId: string;
    /**
     * What the endpoint wants of an installed client besides. It is no secret of anybody's: every copy of the client has it.
     */
    readonly clientSecret?: string;
    /**
     * How the endpoint takes parameters. Default: form.
     */
    readonly encoding?: "form" | "json";
  };
  /**
   * What is known of its life, one line.
   */
  readonly expiry?: string;
}
/**
 * One of `header`, `basic`, `query`, `path` and `sign` says how.
 */
export interface Place {
  /**
   * Names in lower case, `*.x` for one label more, `**.x` for one or more.
   */
  readonly hosts: readonly string[];
  /**
   * Only requests for these paths, globs as in egress rules. Default: all.
   */
  readonly paths?: readonly string[];
  /**
   * Whether hosts that a `credentials` entry names, and that no place covers, are taken as this place's. Default: false.
   */
  readonly ownHosts?: boolean;
  /**
   * The header that carries the secret.
   */
  readonly header?: string;
  /**
   * What stands before the secret in the header, such as `Bearer `.
   */
  readonly prefix?: string;
  /**
   * The user of Basic authentication whose password the secret is; null: the secret is `user:password`.
   */
  readonly basic?: string | null;
  /**
   * The query parameter that carries the secret.
   */
  readonly query?: string;
  /**
   * How a path segment begins whose rest is the secret, such as `bot`.
   */
  readonly path?: string;
  /**
   * The request is signed.
   */
  readonly sign?: "aws-sigv4";
  /**
   * Other headers in which a client may carry a credential; with something else than the placeholder there, a request is refused.
   */
  readonly carriers?: readonly string[];
  /**
   * Query parameters of the same kind.
   */
  readonly queryCarriers?: readonly string[];
  /**
   * Values added to comma-separated headers.
   */
  readonly merge?: {
    readonly [k: string]: string;
  };
}
