import { createHash, randomBytes } from "node:crypto";
import { CoopError } from "../../../diagnostics/coop-error.ts";
import { renewalOf } from "../../../gateway/credentials/renew-token.ts";
import type { RefreshEncoding, SecretValue } from "../../../model/provider.ts";
import type { HttpsRequest } from "../../../sources/https-request.ts";
import { listenForCallback } from "./callback.ts";
import { ask, registerClient } from "./oauth-server.ts";
import type { OAuthServer } from "./oauth-server.ts";

/** One login: where, as whom, for what. */
export interface Login {
  readonly server: OAuthServer;
  /** Null = one is registered. */
  readonly clientId: string | null;
  /** Of a client that has one; null = it is a public one. */
  readonly clientSecret: string | null;
  readonly scopes: readonly string[];
  /** What the token is for (RFC 8707); null = it is not said. */
  readonly resource: string | null;
  readonly encoding: RefreshEncoding;
}

/**
 * Logs a person in by their browser: authorization code with PKCE (RFC 7636), which needs no secret of coop's. `open` is given
 * the address to visit, which holds nothing secret.
 */
export async function logIn(
  login: Login,
  open: (address: URL) => Promise<void>,
  request: HttpsRequest,
  signal: AbortSignal,
): Promise<SecretValue> {
  const { server } = login;
  const callback = await listenForCallback();
  try {
    const clientId = login.clientId ?? (await registerClient(server, callback.redirect, request, signal));
    const verifier = randomBytes(32).toString("base64url");
    const state = randomBytes(16).toString("base64url");
    const code = callback.code({ state, issuer: server.issuer }, signal);
    const [answer] = await Promise.all([
      code,
      open(authorizeUrl(login, { clientId, redirect: callback.redirect, verifier, state })),
    ]);
    const fields = {
      grant_type: "authorization_code",
      code: answer,
      redirect_uri: callback.redirect,
      client_id: clientId,
      code_verifier: verifier,
      ...(login.clientSecret === null ? {} : { client_secret: login.clientSecret }),
      ...(login.resource === null ? {} : { resource: login.resource }),
      // Some token endpoints that take JSON want it again.
      ...(login.encoding === "json" ? { state } : {}),
    };
    return await exchanged(login, clientId, fields, request, signal);
  } finally {
    callback.close();
  }
}

function authorizeUrl(
  { server, scopes, resource }: Login,
  of: { readonly clientId: string; readonly redirect: string; readonly verifier: string; readonly state: string },
): URL {
  const url = new URL(server.authorize);
  const fields = {
    response_type: "code",
    client_id: of.clientId,
    redirect_uri: of.redirect,
    state: of.state,
    code_challenge: createHash("sha256").update(of.verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    ...(resource === null ? {} : { resource }),
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url;
}

async function exchanged(
  login: Login,
  clientId: string,
  fields: Readonly<Record<string, string>>,
  request: HttpsRequest,
  signal: AbortSignal,
): Promise<SecretValue> {
  const { server, encoding, clientSecret } = login;
  const isJson = encoding === "json";
  const answer = await ask(
    {
      method: "POST",
      url: server.token,
      headers: {
        "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded",
        accept: "application/json",
      },
      body: isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
    },
    request,
    signal,
  );
  const refresh = {
    token: "",
    url: server.token.href,
    clientId,
    ...(clientSecret === null ? {} : { clientSecret }),
  };
  const empty = { kind: "oauth", accessToken: "", expiresAt: null, refresh } as const;
  const got = renewalOf(empty, { status: answer.status, body: answer.body.toString("utf8") }, Date.now());
  if (got.kind !== "renewed") {
    throw new CoopError("SOURCE_UNAVAILABLE", `${server.token.host} gave no token: ${got.reason}.`, {
      mend: "Log in again.",
    });
  }
  return got.value.refresh?.token === "" ? { ...got.value, refresh: null } : got.value;
}
