import { parseAzureReference } from "../model/azure-reference.ts";
import type { HttpsAnswer, HttpsRequest } from "./https-request.ts";
import { SourceFailure } from "./source-failure.ts";

/** How this user comes to Azure's secrets. */
export interface AzureAccess {
  readonly by:
    | { readonly kind: "bearer"; readonly token: string }
    | { readonly kind: "client"; readonly tenant: string; readonly client: string; readonly secret: string };
  /** `vault.azure.net`, or that of a sovereign cloud. */
  readonly suffix: string;
  /** `login.microsoftonline.com`, or that of a sovereign cloud. */
  readonly authority: string;
}

const API = "7.4";
const SHOWN_BYTES = 512;
const MARGIN_MS = 60_000;

/** Azure Key Vault over REST. One object a run: it holds the token that it was given until shortly before that ends. */
export class AzureKeyVault {
  readonly #access: AzureAccess;
  readonly #request: HttpsRequest;
  readonly #now: () => number;
  #token: { readonly text: Promise<string>; until: number } | null = null;

  constructor(access: AzureAccess, request: HttpsRequest, now: () => number) {
    this.#access = access;
    this.#request = request;
    this.#now = now;
  }

  /** The value of `vault/secret[/version]`. Rejects with a SourceFailure. */
  async read(reference: string, signal: AbortSignal): Promise<string> {
    const parsed = parseAzureReference(reference);
    if (parsed === null)
      throw new SourceFailure("names no secret of a key vault", "Write `azure-kv://VAULT/SECRET[/VERSION]`.");
    const url = hostUrl(`${parsed.vault}.${hostOf(this.#access.suffix, "suffix")}`);
    url.pathname = ["/secrets", parsed.secret, ...(parsed.version === null ? [] : [parsed.version])].join("/");
    url.searchParams.set("api-version", API);
    const headers = { authorization: `Bearer ${await this.#bearer(signal)}`, accept: "application/json" };
    const answer = await this.#ask({ method: "GET", url, headers, body: null }, signal);
    if (answer.status !== 200) throw this.#refused(answer, url.host, SECRET_MENDS);
    const { value } = jsonOf(answer);
    if (typeof value !== "string" || value === "")
      throw new SourceFailure(`got an answer without a value from ${url.host}`, "Look at the secret in Azure.");
    return value;
  }

  async #bearer(signal: AbortSignal): Promise<string> {
    const { by } = this.#access;
    if (by.kind === "bearer") return by.token;
    if (this.#token === null || this.#token.until <= this.#now()) {
      const fresh = { text: Promise.resolve(""), until: Number.POSITIVE_INFINITY };
      // Whoever asks meanwhile waits for the same token.
      fresh.text = this.#freshToken(by, fresh, signal);
      fresh.text.catch(() => {
        this.#token = null;
      });
      this.#token = fresh;
    }
    return this.#token.text;
  }

  async #freshToken(
    by: Extract<AzureAccess["by"], { readonly kind: "client" }>,
    held: { until: number },
    signal: AbortSignal,
  ): Promise<string> {
    const url = hostUrl(hostOf(this.#access.authority, "authority"));
    url.pathname = `/${encodeURIComponent(by.tenant)}/oauth2/v2.0/token`;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: by.client,
      client_secret: by.secret,
      scope: `https://${hostOf(this.#access.suffix, "suffix")}/.default`,
    }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const answer = await this.#ask({ method: "POST", url, headers, body }, signal);
    if (answer.status !== 200) throw this.#refused(answer, url.host, TOKEN_MENDS);
    const { access_token: token, expires_in: seconds } = jsonOf(answer);
    if (typeof token !== "string" || token === "")
      throw new SourceFailure(`got no token from ${url.host}`, TOKEN_MENDS.default);
    const lifeMs = Number(seconds) * 1000;
    held.until = this.#now() + Math.max(MARGIN_MS, (Number.isFinite(lifeMs) ? lifeMs : 0) - MARGIN_MS);
    return token;
  }

  async #ask(asked: Parameters<HttpsRequest>[0], signal: AbortSignal): Promise<HttpsAnswer> {
    try {
      return await this.#request(asked, signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SourceFailure(`cannot reach ${asked.url.host}: ${this.#shown(why)}`, "Try again, or mend the network.");
    }
  }

  #refused(answer: HttpsAnswer, host: string, mends: Readonly<Record<string, string>>): SourceFailure {
    const said = this.#shown(answer.body.subarray(0, SHOWN_BYTES).toString("utf8"));
    const mend = mends[String(answer.status)] ?? mends["default"] ?? "";
    return new SourceFailure(`is refused by ${host} with ${answer.status}${said === "" ? "" : `: ${said}`}`, mend);
  }

  // An answer is somebody else's text, and may repeat what it was sent.
  #shown(text: string): string {
    const { by } = this.#access;
    const secret = by.kind === "bearer" ? by.token : by.secret;
    const hidden = [secret, encodeURIComponent(secret)].reduce((left, each) => left.replaceAll(each, "…"), text);
    return hidden.replaceAll(/[\p{C}\s]+/gu, " ").trim();
  }
}

const SECRET_MENDS = {
  "401":
    "The token is not for this vault, or no longer good: set AZURE_KEYVAULT_TOKEN anew, or mend AZURE_CLIENT_SECRET.",
  "403": "Give that identity the right to get secrets of this vault (role `Key Vault Secrets User`).",
  "404": "Make the secret, or mend its name in `from`.",
  "429": "Azure asks to wait: try again in a minute.",
  default: "Try again; when it stays so, look at the vault in Azure.",
} as const;

const TOKEN_MENDS = {
  default: "Mend AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
  "429": "Azure asks to wait: try again in a minute.",
} as const;

// Azure's own tools write the authority as an address.
function hostOf(written: string, what: string): string {
  const host = /^https:\/\/([^/]+)\/?$/u.exec(written)?.[1] ?? written;
  if (/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](?::\d{1,5})?$/u.test(host)) return host;
  throw new SourceFailure(`has no sound ${what}: it must be the name of a host`, `Mend the ${what} of Azure.`);
}

function hostUrl(host: string): URL {
  return new URL(`https://${host}/`);
}

function jsonOf(answer: HttpsAnswer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(answer.body.toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // An answer that is no JSON has no field; the caller says what it misses.
    return {};
  }
}
