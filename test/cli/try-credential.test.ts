import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { grantCommand } from "../../src/cli/commands/credentials/grant.ts";
import { testCommand } from "../../src/cli/commands/credentials/test.ts";
import { tryCredential } from "../../src/cli/credentials/try-credential.ts";
import { BUILT_IN_PROVIDERS } from "../../src/providers/provider-book.ts";
import type { HttpsRequest } from "../../src/sources/https-request.ts";
import { anHttpsServer } from "../sources/https-server.ts";
import type { HttpsServer } from "../sources/https-server.ts";
import { aShell } from "../support/shell.ts";
import type { HeardShell } from "../support/shell.ts";

const CANARY = "canary-token-0123456789";
const NAMES = ["api.github.com", "api.telegram.org", "gitlab.corp.example", "generativelanguage.googleapis.com"];

/** Real requests, to the port of the test's own server. */
const to =
  ({ port, request }: HttpsServer): HttpsRequest =>
  (asked, signal) => {
    const url = new URL(asked.url);
    url.port = String(port);
    return request({ ...asked, url }, signal);
  };

describe("coop credentials test", () => {
  let home = "";
  let shell: HeardShell;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "coop-home-"));
    await mkdir(join(home, ".config/coop"), { recursive: true });
    const names = ["github", "telegram", "gemini", "basic", "mine"];
    const sources = Object.fromEntries(names.map((name) => [name, "env:VALUE"]));
    await writeFile(join(home, ".config/coop/credentials.yaml"), JSON.stringify({ sources }));
    shell = aShell({ cwd: home, environment: { HOME: home, VALUE: CANARY, GITLAB: CANARY } });
  });

  const test = (name: string, request: HttpsRequest, differences: Partial<Parameters<typeof testCommand>[0]> = {}) =>
    testCommand({ name, profile: null, provider: null, file: null, json: false, ...differences }, shell, request);

  it("sends the provider's own request with the credential, and says that it is good", async () => {
    const server = await anHttpsServer(NAMES, () => ({ body: { login: CANARY } }));
    expect(await test("github", to(server))).toBe(0);
    expect(shell.answered()).toBe("github: good. api.github.com takes it.\n");
    expect(server.heard).toMatchObject([{ method: "GET", path: "/user", authorization: `Bearer ${CANARY}` }]);
  });

  it.for<[string, string]>([
    ["telegram", `/bot${CANARY}/getMe`],
    ["gemini", "/v1beta/models?pageSize=1"],
  ])("puts that of %s where its provider says", async ([name, path]) => {
    const server = await anHttpsServer(NAMES, () => ({ body: {} }));
    expect(await test(name, to(server))).toBe(0);
    expect(server.heard[0]?.path).toBe(path);
  });

  it.for<[number, number, RegExp]>([
    [401, 1, /REFUSED. api.github.com does not know it \(401\)/u],
    [403, 1, /REFUSED. api.github.com knows it and refuses \(403\)/u],
    [429, 0, /not known. api.github.com asks to wait/u],
    [500, 0, /not known. api.github.com has a fault of its own/u],
    [503, 0, /not known/u],
    [302, 0, /not known. api.github.com answers 302/u],
    [404, 0, /not known/u],
  ])("says what %i means, and repeats nothing of it", async ([status, code, words]) => {
    const headers = { location: `https://evil.example.net/${CANARY}` };
    const server = await anHttpsServer(NAMES, () => ({ status, headers, body: CANARY }));
    expect(await test("github", to(server))).toBe(code);
    expect(await test("github", to(server), { json: true })).toBe(code);
    expect(shell.answered()).toMatch(words);
    expect(shell.answered() + shell.said()).not.toContain("canary");
    expect(server.heard).toHaveLength(2);
  });

  it("says nothing against a login whose access token is over: the gateway renews it", async () => {
    const server = await anHttpsServer(NAMES, () => ({ status: 401, body: "" }));
    const provider = BUILT_IN_PROVIDERS.find("github");
    if (provider === null || provider.test === null) throw new Error("no test for github");
    const refresh = { token: "r", url: "https://login.example/token", clientId: "c" };
    const tried = (expiresAt: number, refreshed: typeof refresh | null) => {
      const value = { kind: "oauth", accessToken: CANARY, expiresAt, refresh: refreshed } as const;
      const { places, test: asked } = provider;
      return tryCredential(
        { name: "github", provider, places, test: asked ?? { method: "GET", url: "", headers: [] }, value },
        to(server),
        1000,
        new AbortController().signal,
      );
    };
    expect(await tried(999, refresh)).toMatchObject({ verdict: "unknown", why: expect.stringContaining("renews it") });
    expect(await tried(1001, refresh)).toMatchObject({ verdict: "refused" });
    expect(await tried(999, null)).toMatchObject({ verdict: "refused" });
  });

  it("says that nobody answered, also without naming the address", async () => {
    const server = await anHttpsServer(NAMES, () => ({ body: {} }));
    expect(await test("telegram", server.request)).toBe(0);
    expect(shell.answered()).toMatch(/telegram: not known. api.telegram.org cannot be reached \(E[A-Z]+\)/u);
    expect(shell.answered()).not.toContain("canary");
  });

  it("speaks to nobody whose certificate it does not know", async () => {
    const server = await anHttpsServer(NAMES, () => ({ body: {} }));
    expect(await test("github", to({ ...server, request: server.distrusting }))).toBe(0);
    expect(shell.answered()).toContain("not known");
    expect(server.heard).toEqual([]);
  });

  it.for<[string, Partial<Parameters<typeof testCommand>[0]>, string, RegExp]>([
    ["mine", {}, "USAGE", /Nothing says whose credential/u],
    ["mine", { provider: "githup" }, "NOT_FOUND", /no provider "githup"/u],
    ["basic", {}, "NOT_FOUND", /has no test/u],
  ])("refuses to guess about %s %j", async ([name, differences, code, message]) => {
    const server = await anHttpsServer(NAMES, () => ({ body: {} }));
    await expect(test(name, to(server), differences)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(server.heard).toEqual([]);
  });

  describe("of what a repository's file names", () => {
    beforeEach(async () => {
      execFileSync("git", ["-C", home, "init", "--quiet"]);
      await file("gitlab");
    });

    const file = (provider: string): Promise<void> =>
      writeFile(
        join(home, "coop.yaml"),
        JSON.stringify({
          version: "coop/v1",
          project: "shop",
          agents: { coder: { run: ["true"], egress: ["forge"] } },
          egress: { rules: [{ name: "forge", host: "gitlab.corp.example", credential: "forge" }] },
          credentials: { forge: { provider, hosts: ["gitlab.corp.example"], from: "env:GITLAB" } },
        }),
      );

    it("asks the server of one's own, once it is granted and not before", async () => {
      const server = await anHttpsServer(NAMES, () => ({ body: {} }));
      await expect(test("forge", to(server))).rejects.toMatchObject({ code: "NOT_GRANTED" });
      expect(server.heard).toEqual([]);
      await grantCommand({ file: null, source: "forge", profile: null }, shell);
      expect(await test("forge", to(server))).toBe(0);
      expect(server.heard).toMatchObject([{ host: `gitlab.corp.example:${server.port}`, path: "/api/v4/user" }]);
    });

    it("says that nobody has a name that nobody has", async () => {
      await expect(test("nothing", () => Promise.reject(new Error("asked")))).rejects.toMatchObject({
        code: "NOT_FOUND",
        mend: "coop credentials set nothing",
      });
    });
  });
});
