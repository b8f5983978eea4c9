import { describe, expect, it } from "vitest";
import { secretValueOf } from "../../src/model/secret-shape.ts";
import { BUILT_IN_PROVIDERS } from "../../src/providers/provider-book.ts";
import { loginValue } from "../../src/sources/login-value.ts";

const CLAUDE = {
  url: "https://console.anthropic.com/v1/oauth/token",
  clientId: "client",
  clientSecret: null,
  encoding: "json",
} as const;
const REFRESH = { token: "r", url: CLAUDE.url, clientId: "client" };

describe("a login", () => {
  it.for([
    ["in our own words", { accessToken: "a", refreshToken: "r", expiresAt: "2026-01-02T03:04:05Z" }],
    [
      "as Claude Code keeps it",
      { claudeAiOauth: { accessToken: "a", refreshToken: "r", expiresAt: 1_767_323_045_000, scopes: [] } },
    ],
    [
      "as Gemini CLI keeps it",
      { access_token: "a", refresh_token: "r", expiry_date: 1_767_323_045_000, token_type: "Bearer" },
    ],
    ["with a time in seconds", { token: "a", refresh_token: "r", expires_at: 1_767_323_045 }],
  ] as const)("is read %s", ([, written]) => {
    const expiresAt = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(loginValue(JSON.stringify(written), CLAUDE)).toEqual({
      kind: "oauth",
      accessToken: "a",
      expiresAt,
      refresh: REFRESH,
    });
  });

  it("may say itself where it is renewed", () => {
    const written = { accessToken: "a", refreshToken: "r", tokenUrl: "https://login.corp/token", clientId: "mine" };
    expect(loginValue(JSON.stringify(written), CLAUDE)).toMatchObject({
      expiresAt: null,
      refresh: { token: "r", url: "https://login.corp/token", clientId: "mine" },
    });
  });

  it("of a client with a secret has the provider's, for that client at that endpoint alone, or its own", () => {
    const google = BUILT_IN_PROVIDERS.find("gemini-oauth")?.refresh ?? null;
    const refreshOf = (more: object): unknown => {
      const value = loginValue(JSON.stringify({ access_token: "a", refresh_token: "r", ...more }), google);
      return value.kind === "oauth" ? value.refresh : null;
    };
    expect(refreshOf({})).toMatchObject({
      clientId: google?.clientId,
      clientSecret: expect.stringMatching(/^GOCSPX-/) as unknown,
    });
    expect(secretValueOf(loginValue('{"token":"a","refresh_token":"r"}', google), "value")).toMatchObject({
      refresh: refreshOf({}),
    });
    expect(refreshOf({ token_uri: "https://evil.test/token" })).not.toHaveProperty("clientSecret");
    expect(refreshOf({ client_id: "another" })).not.toHaveProperty("clientSecret");
    expect(refreshOf({ client_id: "another", client_secret: "its own" })).toMatchObject({ clientSecret: "its own" });
    expect(() => refreshOf({ client_secret: "" })).toThrow(/client secret/);
  });

  it("without a refresh token is not renewed", () => {
    expect(loginValue('{"token":"a"}', CLAUDE)).toEqual({
      kind: "oauth",
      accessToken: "a",
      expiresAt: null,
      refresh: null,
    });
  });

  it.for([
    ["no access token", "{}"],
    ["no JSON", "secret-text"],
    ["no time", '{"token":"secret-text","expiresAt":"soon"}'],
    ["no endpoint", '{"token":"secret-text","refreshToken":"secret-text"}'],
    ["an endpoint without TLS", '{"token":"a","refreshToken":"secret-text","tokenUrl":"http://x","clientId":"c"}'],
    ["an empty refresh token", '{"token":"secret-text","refreshToken":""}'],
  ] as const)("with %s is refused, and nothing of it repeated", ([, text]) => {
    expect(() => loginValue(text, null)).toThrow(/^(?!.*secret-text)/);
  });
});
