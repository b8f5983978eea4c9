import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { OAuthValue, TokenAnswer, TokenRequest } from "../../../src/gateway/credentials/renew-token.ts";
import { TokenRenewer } from "../../../src/gateway/credentials/token-renewer.ts";
import type { SecretValue } from "../../../src/model/provider.ts";

const HOUR = 3_600_000;

function aLogin(difference: Partial<OAuthValue> = {}): OAuthValue {
  return {
    kind: "oauth",
    accessToken: "access-0",
    expiresAt: HOUR,
    refresh: { token: "refresh-0", url: "https://login.test/token", clientId: "client" },
    ...difference,
  };
}

interface Bench {
  readonly renewer: TokenRenewer;
  readonly asked: TokenRequest[];
  readonly log: string[];
  readonly at: (ms: number) => void;
  readonly answers: (answer: Partial<TokenAnswer> | Error) => void;
  /** What a request gets at this moment. */
  readonly use: (value?: SecretValue) => Promise<string>;
}

function aBench(): Bench {
  const asked: TokenRequest[] = [];
  const log: string[] = [];
  let now = 0;
  let next: Partial<TokenAnswer> | Error | null = null;
  const renewer = new TokenRenewer({
    ask: (request) => {
      asked.push(request);
      if (next instanceof Error) return Promise.reject(next);
      const fresh = {
        access_token: `access-${asked.length}`,
        refresh_token: `refresh-${asked.length}`,
        expires_in: 3600,
      };
      return Promise.resolve({ status: 200, body: JSON.stringify(fresh), ...next });
    },
    clock: { now: () => now },
    log: { decided: () => undefined, event: (event, fields) => void log.push(JSON.stringify({ event, ...fields })) },
  });
  return {
    renewer,
    asked,
    log,
    at: (ms) => (now = ms),
    answers: (answer) => (next = answer),
    use: async (value = aLogin()) => {
      const usable = await renewer.usable("login", value, "form");
      if (!usable.ok) return usable.reason;
      return usable.value.kind === "oauth" ? usable.value.accessToken : usable.value.kind;
    },
  };
}

describe("a token", () => {
  it("is used as it is while it is good, and so is what cannot be renewed", async () => {
    const { use, asked } = aBench();
    expect(await use()).toBe("access-0");
    expect(await use({ kind: "text", text: "x" })).toBe("text");
    expect(await use(aLogin({ expiresAt: -1, refresh: null }))).toBe("access-0");
    expect(await use(aLogin({ expiresAt: null, refresh: { token: "r", url: "https://x.test", clientId: "c" } }))).toBe(
      "access-0",
    );
    expect(asked).toEqual([]);
  });

  it("is renewed in the background some minutes before its end", async () => {
    const { use, asked, at } = aBench();
    at(HOUR - 4 * 60_000);
    expect(await use()).toBe("access-0");
    await new Promise((resolve) => setImmediate(resolve));
    expect(await use()).toBe("access-1");
    expect(asked).toHaveLength(1);
  });

  it("is renewed once, however many wait for it", async () => {
    const { use, asked, at, log } = aBench();
    at(HOUR + 1);
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => use())))).toEqual(new Set(["access-1"]));
    expect(asked).toEqual([
      {
        url: "https://login.test/token",
        contentType: "application/x-www-form-urlencoded",
        body: "grant_type=refresh_token&refresh_token=refresh-0&client_id=client",
      },
    ]);
    expect(log).toEqual([expect.stringContaining("credential-renewed")]);
  });

  it("is asked for in JSON where its provider says so", async () => {
    const { renewer, asked, at } = aBench();
    at(HOUR + 1);
    await renewer.usable("login", aLogin(), "json");
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh-0",
      client_id: "client",
    });
  });

  it("goes on from the newest refresh token, also where an older one is given again", async () => {
    const { use, asked, at } = aBench();
    at(HOUR + 1);
    expect(await use()).toBe("access-1");
    at(3 * HOUR);
    expect(await use(aLogin())).toBe("access-2");
    expect(asked.map((each) => new URLSearchParams(each.body).get("refresh_token"))).toEqual([
      "refresh-0",
      "refresh-1",
    ]);
    expect(
      await use(
        aLogin({
          accessToken: "access-1",
          refresh: { token: "refresh-1", url: "https://login.test/token", clientId: "client" },
        }),
      ),
    ).toBe("access-2");
  });

  it("keeps its refresh token where no other comes", async () => {
    const { use, asked, at, answers } = aBench();
    answers({ body: JSON.stringify({ access_token: "new", expires_in: "3600" }) });
    at(HOUR + 1);
    expect(await use()).toBe("new");
    at(3 * HOUR);
    await use();
    expect(asked.map((each) => new URLSearchParams(each.body).get("refresh_token"))).toEqual([
      "refresh-0",
      "refresh-0",
    ]);
  });

  it("is renewed after an upstream has refused it, but not again and again", async () => {
    const { use, renewer, asked } = aBench();
    await use();
    renewer.rejected(aLogin());
    expect(await use()).toBe("access-1");
    const now = aLogin({
      accessToken: "access-1",
      refresh: { token: "refresh-1", url: "https://login.test/token", clientId: "client" },
    });
    renewer.rejected(now);
    // What was refused is not what is in use any more.
    renewer.rejected(aLogin());
    expect(await use()).toBe("access-1");
    expect(asked).toHaveLength(1);
  });

  it("is given up where the endpoint says that it is over, and the reason is told", async () => {
    const { use, asked, at, answers, log } = aBench();
    answers({ status: 400, body: '{"error":"invalid_grant","error_description":"refresh-0 was revoked"}' });
    at(HOUR + 1);
    expect(await use()).toBe("its login is over (invalid_grant)");
    expect(await use()).toBe("its login is over (invalid_grant)");
    expect(asked).toHaveLength(1);
    expect(log.join()).not.toContain("refresh-0");
  });

  it("lives again when somebody has signed in anew", async () => {
    const { use, at, answers } = aBench();
    answers({ status: 400, body: '{"error":"invalid_grant"}' });
    at(HOUR + 1);
    await use();
    const again = aLogin({ accessToken: "fresh", expiresAt: 5 * HOUR });
    expect(await use(again)).toBe("fresh");
    expect(
      await use(
        aLogin({
          accessToken: "other",
          refresh: { token: "other", url: "https://login.test/token", clientId: "c" },
          expiresAt: 5 * HOUR,
        }),
      ),
    ).toBe("other");
  });

  it.for([
    ["no answer", new Error("unreachable: ECONNREFUSED")],
    ["a fault of the endpoint", { status: 503, body: "<html>refresh-0</html>" }],
    ["too many requests", { status: 429, body: "{}" }],
    ["an answer without a token", { status: 200, body: '{"token_type":"bearer"}' }],
    ["a token that no header can carry", { status: 200, body: '{"access_token":"a\\r\\nb"}' }],
  ] as const)("is used on after %s while it is good, and asked for again with growing pauses", async ([, answer]) => {
    const { use, asked, at, answers, log } = aBench();
    answers(answer);
    at(HOUR - 60_000);
    for (let second = 0; second < 50; second += 1) {
      at(HOUR - 60_000 + second * 400);
      expect(await use()).toBe("access-0");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toHaveLength(3);
    at(HOUR + HOUR);
    expect(await use()).toMatch(/no other was to be had yet/);
    expect(log.join()).not.toContain("refresh-0");
    answers({});
    at(HOUR + 2 * HOUR);
    expect(await use()).toMatch(/^access-\d+$/);
  });
});

it("tells what has become of what was given", async () => {
  const { use, renewer, at } = aBench();
  const given = { login: aLogin(), key: { kind: "text", text: "x" } as const };
  await use();
  expect(renewer.renewed(given)).toEqual({});
  at(HOUR + 1);
  await use();
  expect(Object.keys(renewer.renewed(given))).toEqual(["login"]);
  const { value, of } = renewer.renewed(given)["login"] ?? { value: {}, of: [] };
  expect(of).toEqual(["refresh-0", "refresh-1"].map((each) => createHash("sha256").update(each).digest("hex")));
  expect({ ...value }).toEqual({
    kind: "oauth",
    accessToken: "access-1",
    expiresAt: 2 * HOUR + 1,
    refresh: { token: "refresh-1", url: "https://login.test/token", clientId: "client" },
  });
});

it("says the secret of a client that has one to the token endpoint, and to nobody else", async () => {
  const { use, at, asked, log, renewer } = aBench();
  const refresh = { token: "refresh-0", url: "https://login.test/token", clientId: "client" };
  const login = aLogin({ refresh: { ...refresh, clientSecret: "client-canary" } });
  at(HOUR);
  expect(await use(login)).toBe("access-1");
  expect(asked.map((each) => new URLSearchParams(each.body).get("client_secret"))).toEqual(["client-canary"]);
  // The one that came of it is renewed the same way, also by another encoding.
  at(2 * HOUR);
  const usable = await renewer.usable("login", login, "json");
  expect(usable).toMatchObject({
    ok: true,
    value: { accessToken: "access-2", refresh: { clientSecret: "client-canary" } },
  });
  expect(JSON.parse(asked[1]?.body ?? "")).toMatchObject({
    refresh_token: "refresh-1",
    client_secret: "client-canary",
  });
  expect(log.join()).not.toContain("canary");
});
