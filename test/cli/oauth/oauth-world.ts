import { createHash } from "node:crypto";
import type { HttpsRequest } from "../../../src/sources/https-request.ts";
import { anHttpsServer } from "../../sources/https-server.ts";
import type { Answer, Heard, HttpsServer } from "../../sources/https-server.ts";

export const NAMES = ["api.example", "login.example", "evil.example"];

type Json = Readonly<Record<string, unknown>>;

/** An authorization server and a resource behind it, with what each test lets them say otherwise. */
export interface OAuthWorld {
  readonly server: HttpsServer;
  readonly request: HttpsRequest;
  /** The forms that the token endpoint was sent. */
  readonly exchanges: readonly Readonly<Record<string, string>>[];
  readonly registrations: readonly Json[];
  /** What a browser does at the address: logs in, and comes back. Gives what it is shown there. */
  visit(
    address: URL,
    changed?: Readonly<Record<string, string | null>>,
  ): Promise<{ readonly status: number; readonly text: string }>;
  /** The address that a login would come back to. */
  comeBack(address: URL, changed?: Readonly<Record<string, string | null>>): URL;
}

export interface Said {
  readonly resource?: Json | null;
  readonly metadata?: Json | null;
  readonly token?: (form: Readonly<Record<string, string>>) => Answer;
  readonly register?: Answer;
}

const CODE = "code-of-the-login";

export async function anOAuthWorld(said: Said = {}): Promise<OAuthWorld> {
  const exchanges: Record<string, string>[] = [];
  const registrations: Json[] = [];
  const metadata = {
    issuer: "https://login.example",
    authorization_endpoint: "https://login.example/authorize",
    token_endpoint: "https://login.example/token",
    registration_endpoint: "https://login.example/register",
  };
  const resource = {
    resource: "https://api.example/mcp",
    authorization_servers: ["https://login.example"],
    scopes_supported: ["read", "write"],
  };
  const document = (changed: Json | null | undefined, usual: Json): Answer =>
    changed === null ? { status: 404, body: "" } : { body: { ...usual, ...changed } };
  let challenge = "";
  const answer = (asked: Heard): Answer => {
    switch (`${asked.host.split(":")[0] ?? ""}${asked.path}`) {
      case "api.example/.well-known/oauth-protected-resource/mcp":
        return document(said.resource, resource);
      case "login.example/.well-known/oauth-authorization-server":
        return document(said.metadata, metadata);
      case "login.example/register":
        registrations.push(JSON.parse(asked.body) as Json);
        return said.register ?? { status: 201, body: { client_id: "client-of-coop" } };
      case "login.example/token": {
        const form = Object.fromEntries(new URLSearchParams(asked.body));
        exchanges.push(form);
        const proof = createHash("sha256")
          .update(form["code_verifier"] ?? "")
          .digest("base64url");
        if (form["code"] !== CODE || proof !== challenge) return { status: 400, body: { error: "invalid_grant" } };
        return (
          said.token?.(form) ?? {
            body: { access_token: "canary-access", refresh_token: "canary-refresh", expires_in: 3600 },
          }
        );
      }
      default:
        return { status: 404, body: "" };
    }
  };
  const server = await anHttpsServer(NAMES, answer);
  const comeBack: OAuthWorld["comeBack"] = (address, changed = {}) => {
    challenge = address.searchParams.get("code_challenge") ?? "";
    const back = new URL(address.searchParams.get("redirect_uri") ?? "");
    const fields = {
      code: CODE,
      state: address.searchParams.get("state") ?? "",
      iss: "https://login.example",
      ...changed,
    };
    for (const [name, value] of Object.entries(fields)) if (value !== null) back.searchParams.set(name, value);
    return back;
  };
  return {
    server,
    request: (asked, signal) => {
      const url = new URL(asked.url);
      url.port = String(server.port);
      return server.request({ ...asked, url }, signal);
    },
    exchanges,
    registrations,
    comeBack,
    visit: async (address, changed) => {
      const shown = await fetch(comeBack(address, changed));
      return { status: shown.status, text: await shown.text() };
    },
  };
}
