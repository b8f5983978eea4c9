import { CoopError } from "../../../diagnostics/coop-error.ts";
import type { HttpsAnswer, HttpsRequest } from "../../../sources/https-request.ts";

/** Where one authorization server is asked. All https. */
export interface OAuthServer {
  /** The server's own name; null = it was not discovered, so answers cannot be told from another server's. */
  readonly issuer: string | null;
  readonly authorize: URL;
  readonly token: URL;
  /** Null = clients cannot register themselves. */
  readonly register: URL | null;
}

/** A resource that is behind an authorization server, as it says itself (RFC 9728). */
interface Resource {
  readonly issuer: URL;
  readonly scopes: readonly string[];
}

/**
 * Finds the authorization server of a resource: first what the resource says of itself (RFC 9728), otherwise the server at the
 * resource's own origin (RFC 8414). Every address is https, and each document is about what was asked for.
 */
export async function discover(
  resource: URL,
  request: HttpsRequest,
  signal: AbortSignal,
): Promise<{ readonly server: OAuthServer; readonly scopes: readonly string[] }> {
  const described = await resourceMetadata(resource, request, signal);
  const issuer = described?.issuer ?? new URL("/", resource);
  for (const place of metadataPlaces(issuer)) {
    const found = await document(place, request, signal);
    if (found === null) continue;
    if (found["issuer"] !== issuerText(issuer)) throw strange(place, "it is about another server");
    return {
      scopes: described?.scopes ?? [],
      server: {
        issuer: issuerText(issuer),
        authorize: endpoint(found, "authorization_endpoint", place),
        token: endpoint(found, "token_endpoint", place),
        register: found["registration_endpoint"] === undefined ? null : endpoint(found, "registration_endpoint", place),
      },
    };
  }
  throw new CoopError("NOT_FOUND", `Nothing at ${resource.host} says how to log in there.`, {
    mend: "Name the addresses: --auth-url, --token-url and --client-id.",
  });
}

/** A client's id of its own (RFC 7591), for a public client that comes back to this machine. */
export async function registerClient(
  server: OAuthServer,
  redirect: string,
  request: HttpsRequest,
  signal: AbortSignal,
): Promise<string> {
  if (server.register === null) {
    throw new CoopError("USAGE", `${server.token.host} lets nobody register, and no client was named.`, {
      mend: "coop credentials login NAME --client-id ID",
    });
  }
  const body = JSON.stringify({
    client_name: "coop",
    redirect_uris: [redirect],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  });
  const headers = { "content-type": "application/json", accept: "application/json" };
  const answer = await ask({ method: "POST", url: server.register, headers, body }, request, signal);
  const id = jsonOf(answer)?.["client_id"];
  if ((answer.status === 200 || answer.status === 201) && typeof id === "string" && /^[\x21-\x7e]{1,512}$/u.test(id))
    return id;
  throw strange(server.register, `it registers no client (${answer.status})`);
}

/** Asks, and says which host cannot be reached. */
export async function ask(
  asked: Parameters<HttpsRequest>[0],
  request: HttpsRequest,
  signal: AbortSignal,
): Promise<HttpsAnswer> {
  try {
    return await request(asked, signal);
  } catch (cause) {
    throw new CoopError("SOURCE_UNAVAILABLE", `${asked.url.host} cannot be reached.`, { cause, mend: "Try again." });
  }
}

/** An address that a person named. Rejects what is no https. */
export function httpsAddress(written: string, option: string): URL {
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url?.protocol === "https:" && url.username === "" && url.password === "" && url.hash === "") return url;
  throw new CoopError("USAGE", `${option} must be an https address.`, { mend: `${option} https://HOST/PATH` });
}

async function resourceMetadata(resource: URL, request: HttpsRequest, signal: AbortSignal): Promise<Resource | null> {
  for (const place of wellKnown(resource, "oauth-protected-resource")) {
    const found = await document(place, request, signal);
    if (found === null) continue;
    const { authorization_servers: servers, resource: about, scopes_supported: scopes } = found;
    // Another resource's document would send the user's login, and so the token, to a server of its choice.
    if (typeof about !== "string" || !URL.canParse(about) || new URL(about).origin !== resource.origin)
      throw strange(place, "it is about another resource");
    const first: unknown = Array.isArray(servers) ? servers[0] : undefined;
    if (typeof first !== "string" || !URL.canParse(first) || new URL(first).protocol !== "https:")
      throw strange(place, "it names no authorization server");
    return {
      issuer: new URL(first),
      scopes: Array.isArray(scopes) ? scopes.filter((each) => typeof each === "string") : [],
    };
  }
  return null;
}

// With the path behind the well-known name, and at the root.
function wellKnown(of: URL, name: string): readonly URL[] {
  const path = of.pathname.replace(/\/$/u, "");
  const at = (suffix: string): URL => new URL(`/.well-known/${name}${suffix}`, of);
  return path === "" ? [at("")] : [at(path), at("")];
}

function metadataPlaces(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/u, "");
  const [server] = wellKnown(issuer, "oauth-authorization-server");
  const [openid] = wellKnown(issuer, "openid-configuration");
  const appended = new URL(`${path}/.well-known/openid-configuration`, issuer);
  return [server, openid, appended].flatMap((each) => each ?? []);
}

// An issuer is compared as text, and an empty path may be written with its slash or without.
function issuerText(issuer: URL): string {
  return issuer.pathname === "/" ? issuer.origin : issuer.href;
}

async function document(
  url: URL,
  request: HttpsRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | null> {
  const answer = await ask(
    { method: "GET", url, headers: { accept: "application/json" }, body: null },
    request,
    signal,
  );
  const found = answer.status === 200 ? jsonOf(answer) : null;
  if (typeof found?.["issuer"] !== "string" || !found["issuer"].endsWith("/")) return found;
  return { ...found, issuer: issuerText(new URL(found["issuer"])) };
}

function endpoint(found: Readonly<Record<string, unknown>>, key: string, place: URL): URL {
  const written = found[key];
  const url = typeof written === "string" && URL.canParse(written) ? new URL(written) : null;
  if (url?.protocol === "https:" && url.username === "" && url.hash === "") return url;
  throw strange(place, `its ${key} is no https address`);
}

function strange(place: URL, why: string): CoopError {
  return new CoopError("SOURCE_UNAVAILABLE", `${place.host}${place.pathname} cannot be used: ${why}.`, {
    mend: "Name the addresses yourself: --auth-url, --token-url and --client-id.",
  });
}

function jsonOf(answer: HttpsAnswer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(answer.body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
