import { describe, expect, it } from "vitest";
import { type CredentialRequest, credentialStep } from "../../../src/gateway/credentials/credential-step.ts";
import { aCredential, aCredentialRequest, aPlace } from "./support/requests.ts";

const PLACEHOLDER = "sk-placeholder";

function sent(difference: Partial<CredentialRequest>): readonly [target: string, headers: readonly string[]] | string {
  const step = credentialStep(aCredentialRequest(difference));
  if (step.kind === "body-first") throw new Error("nothing here is signed");
  return step.kind === "send" ? [step.rawTarget, step.rawHeaders] : `${step.code}: ${step.detail}`;
}

describe("a header", () => {
  const BEARER = ["/v1", ["accept", "*/*", "x-api-key", "real-secret"]];

  it.for([
    ["absent", []],
    ["empty", ["X-Api-Key", ""]],
    ["an empty scheme", ["Authorization", "Bearer "]],
    ["the placeholder", ["X-Api-Key", PLACEHOLDER]],
    ["the placeholder as bearer", ["authorization", `Bearer ${PLACEHOLDER}`]],
    ["the placeholder as token", ["authorization", `token ${PLACEHOLDER}`]],
    ["the placeholder as basic password", ["authorization", `Basic ${btoa(`me:${PLACEHOLDER}`)}`]],
    ["the placeholder as basic user", ["authorization", `Basic ${btoa(`${PLACEHOLDER}:`)}`]],
    ["the placeholder in both carriers", ["x-api-key", PLACEHOLDER, "Authorization", `Bearer ${PLACEHOLDER}`]],
    ["the placeholder twice", ["x-api-key", PLACEHOLDER, "X-API-Key", PLACEHOLDER]],
    ["the placeholder with an underscore", ["x_api_key", PLACEHOLDER]],
  ] as const)("is injected when it is %s", ([, headers]) => {
    expect(sent({ rawHeaders: ["accept", "*/*", ...headers] })).toEqual(BEARER);
  });

  it.for([
    ["another key", ["x-api-key", "attacker"]],
    ["another key in the second carrier", ["authorization", "Bearer attacker"]],
    ["another key behind the placeholder", ["x-api-key", PLACEHOLDER, "x-api-key", "attacker"]],
    ["another key before the placeholder", ["x-api-key", "attacker", "x-api-key", PLACEHOLDER]],
    ["two keys in one value", ["authorization", `Bearer ${PLACEHOLDER}, Bearer attacker`]],
    ["another carrier beside the placeholder", ["x-api-key", PLACEHOLDER, "authorization", "Bearer attacker"]],
    ["an underscore", ["x_api_key", "attacker"]],
    ["more than the placeholder", ["x-api-key", `${PLACEHOLDER}x`]],
    ["less than the placeholder", ["x-api-key", PLACEHOLDER.slice(1)]],
    ["another case", ["x-api-key", PLACEHOLDER.toUpperCase()]],
    ["basic with another pair", ["authorization", `Basic ${btoa("me:attacker")}`]],
  ] as const)("is refused when it is %s", ([, headers]) => {
    expect(sent({ rawHeaders: headers })).toMatch(/^client-credential: the header /);
  });

  it("is let through where the rule says `override: client`, without the secret", () => {
    const rawHeaders = ["x-api-key", "mine", "authorization", `Bearer ${PLACEHOLDER}`, "a", "b"];
    const step = credentialStep(aCredentialRequest({ override: "client", rawHeaders }));
    expect(step).toMatchObject({ injected: false, rawTarget: "/v1" });
    expect(JSON.stringify(step)).not.toContain("real-secret");
  });

  it("is injected under `override: client` when the client sends the placeholder", () => {
    expect(sent({ override: "client", rawHeaders: ["accept", "*/*", "x-api-key", PLACEHOLDER] })).toEqual(BEARER);
  });

  it("is merged into comma-separated headers once", () => {
    const place = aPlace({ merge: [{ name: "anthropic-beta", value: "oauth-2025-04-20" }] });
    const credential = aCredential([place], PLACEHOLDER);
    const headersOf = (rawHeaders: readonly string[]): unknown => sent({ credential, rawHeaders })[1];
    const end = ["x-api-key", "real-secret"];
    expect(headersOf([])).toEqual(["anthropic-beta", "oauth-2025-04-20", ...end]);
    expect(headersOf(["Anthropic-Beta", "a"])).toEqual(["Anthropic-Beta", "a,oauth-2025-04-20", ...end]);
    expect(headersOf(["anthropic-beta", "oauth-2025-04-20, a"])).toEqual([
      "anthropic-beta",
      "oauth-2025-04-20, a",
      ...end,
    ]);
  });
});

describe("basic", () => {
  const place = aPlace({ into: { kind: "basic", user: "x-access-token" }, carriers: ["authorization"] });

  it("is put together with its user", () => {
    expect(sent({ credential: aCredential([place], PLACEHOLDER) })).toEqual([
      "/v1",
      ["authorization", `Basic ${btoa("x-access-token:real-secret")}`],
    ]);
  });
});

describe("places of one host", () => {
  it("are told apart by their paths", () => {
    const api = aPlace({ paths: ["/api/**"] });
    const git = aPlace({ into: { kind: "basic", user: null } });
    const credential = aCredential([api, git], PLACEHOLDER);
    expect(sent({ credential, rawTarget: "/api/v4/user" })[1]).toEqual(["x-api-key", "real-secret"]);
    expect(sent({ credential, rawTarget: "/shop.git" })[1]).toEqual(["authorization", `Basic ${btoa("real-secret")}`]);
  });
});

describe("a query parameter", () => {
  const place = aPlace({ into: { kind: "query", parameter: "key" }, carriers: [], queryCarriers: ["key"] });
  const credential = aCredential([place], PLACEHOLDER);
  const value = { kind: "text", text: "real/secret&more" } as const;

  it.for([
    ["/v1", "/v1?key=real%2Fsecret%26more"],
    ["/v1?", "/v1?key=real%2Fsecret%26more"],
    [`/v1?key=${PLACEHOLDER}`, "/v1?key=real%2Fsecret%26more"],
    [`/v1?a=1&key=${PLACEHOLDER}&b=2`, "/v1?a=1&b=2&key=real%2Fsecret%26more"],
    [`/v1?a=1&%6bey=sk%2Dplaceholder`, "/v1?a=1&key=real%2Fsecret%26more"],
    // As an address of the next page comes back, its secret hidden.
    ["/v1?a=1&key=****************", "/v1?a=1&key=real%2Fsecret%26more"],
    [`/v1?a=${PLACEHOLDER}`, `/v1?a=${PLACEHOLDER}&key=real%2Fsecret%26more`],
  ] as const)("turns %s into %s", ([rawTarget, wanted]) => {
    expect(sent({ credential, value, rawTarget })).toEqual([wanted, []]);
  });

  it.for(["/v1?key=attacker", "/v1?%6Bey=attacker", "/v1?KEY=attacker", "/v1?a=1;key=attacker", "/v1?key[]=attacker"])(
    "refuses %s",
    (rawTarget) => {
      expect(sent({ credential, rawTarget })).toBe("client-credential: the query");
    },
  );

  it("is refused where a header carries the secret and the query another one", () => {
    const both = aPlace({ queryCarriers: ["key"] });
    expect(sent({ credential: aCredential([both], PLACEHOLDER), rawTarget: "/v1?key=attacker" })).toBe(
      "client-credential: the query",
    );
    expect(sent({ credential: aCredential([both], PLACEHOLDER), rawTarget: "/v1?key=sk-placeholder" })).toEqual([
      "/v1",
      ["x-api-key", "real-secret"],
    ]);
  });
});

describe("a path segment", () => {
  const place = aPlace({ into: { kind: "path", prefix: "bot" }, carriers: [] });
  const credential = aCredential([place], "1:placeholder");
  const value = { kind: "text", text: "77:real/secret" } as const;

  it.for([
    ["/bot1:placeholder/getMe?a=b", "/bot77:real%2Fsecret/getMe?a=b"],
    ["/file/bot1%3Aplaceholder/x", "/file/bot77:real%2Fsecret/x"],
    ["/other", "/other"],
  ] as const)("turns %s into %s", ([rawTarget, wanted]) => {
    expect(sent({ credential, value, rawTarget })).toEqual([wanted, []]);
  });

  it.for(["/bot2:attacker/getMe", "/%62ot2:attacker/getMe", "/bot1:placeholder/bot2:attacker"])(
    "refuses %s",
    (rawTarget) => {
      expect(sent({ credential, value, rawTarget })).toBe("client-credential: the path");
    },
  );
});

describe("what does not go along", () => {
  it.for([
    "Cookie",
    "X-HTTP-Method-Override",
    "x_http_method",
    "X-Method-Override",
    "Proxy-Authorization",
    "X-Original-URL",
    "Range",
    ":authority",
    "Sec-WebSocket-Extensions",
    "Accept-Charset",
  ])("%s", (name) => {
    expect(sent({ rawHeaders: [name, "x", "a", "b"] })).toEqual(["/v1", ["a", "b", "x-api-key", "real-secret"]]);
  });

  it("asks for no coding that cannot be undone", () => {
    const asked = (value: string): unknown => sent({ rawHeaders: ["Accept-Encoding", value] })[1]?.[1];
    expect(asked("gzip;q=0.5, dcb, br, *")).toBe("gzip;q=0.5, br");
    expect(asked("compress")).toBe("identity");
  });
});

describe("what is missing", () => {
  it("waits for the value", () => {
    expect(sent({ value: null })).toBe("credential-not-ready: key");
  });

  it("refuses a host without a place, and a name that the policy does not know", () => {
    expect(sent({ host: "other.test" })).toBe("credential-not-for-host: key");
    expect(sent({ host: "sub.api.test" })).toBe("credential-not-for-host: key");
    expect(sent({ credential: null })).toBe("credential-not-for-host: key");
  });

  it("refuses a value that no header can carry, without showing it", () => {
    for (const text of ["a\r\nx: y", "a\n", "", "ä"]) {
      expect(sent({ value: { kind: "text", text } })).toMatch(
        /^credential-unusable: it (?:has a character|is of another)/,
      );
    }
  });

  it("takes the access token of a value that can be renewed", () => {
    const value = { kind: "oauth", accessToken: "access", expiresAt: null, refresh: null } as const;
    expect(sent({ value })).toEqual(["/v1", ["x-api-key", "access"]]);
  });
});
