import { openSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { initCommand } from "../../../src/cli/commands/credentials/init.ts";
import { loginCommand } from "../../../src/cli/commands/credentials/login.ts";
import type { LoginArguments } from "../../../src/cli/commands/credentials/login.ts";
import { ownValue } from "../../../src/cli/credentials/own-value.ts";
import { aShell } from "../../support/shell.ts";
import type { HeardShell } from "../../support/shell.ts";
import { anOAuthWorld } from "./oauth-world.ts";
import type { OAuthWorld, Said } from "./oauth-world.ts";

const LOGIN: LoginArguments = {
  name: "mcp",
  profile: null,
  provider: null,
  url: "https://api.example/mcp",
  authUrl: null,
  tokenUrl: null,
  clientId: null,
  scopes: null,
  browser: true,
  passphraseFd: null,
};

type Visit = (address: URL, world: OAuthWorld) => Promise<unknown>;

describe("coop credentials login", () => {
  let home = "";
  let shell: HeardShell;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "coop-home-"));
    await writeFile(join(home, "passphrase"), "a passphrase of a test\n");
    shell = aShell({ cwd: home, environment: { HOME: home, XDG_RUNTIME_DIR: join(home, "run") } });
    await initCommand({ passphraseFd: null, keyFile: true, keyring: false }, shell);
  });

  /** Logs in with a browser that does this at the address that is told. */
  async function login(
    said: Said,
    differences: Partial<LoginArguments> = {},
    visit: Visit = (address, world) => world.visit(address),
  ): Promise<OAuthWorld> {
    const world = await anOAuthWorld(said);
    const visits: Promise<unknown>[] = [];
    const heard: HeardShell = {
      ...shell,
      err: (text) => {
        shell.err(text);
        const address = /https:\/\/\S+response_type=\S+/u.exec(text)?.[0];
        if (address !== undefined) visits.push(visit(new URL(address), world));
      },
    };
    await loginCommand({ ...LOGIN, ...differences }, heard, world.request);
    await Promise.all(visits);
    return world;
  }

  const stored = () => ownValue("mcp", null, () => "environment", shell);

  it("finds the server from what it is for, registers, proves itself and stores the token with what renews it", async () => {
    const before = Date.now();
    const { exchanges, registrations } = await login({});
    expect(registrations).toMatchObject([
      {
        client_name: "coop",
        token_endpoint_auth_method: "none",
        redirect_uris: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/u)],
      },
    ]);
    expect(exchanges).toMatchObject([
      { grant_type: "authorization_code", client_id: "client-of-coop", resource: "https://api.example/mcp" },
    ]);
    const own = await stored();
    expect(own?.value).toMatchObject({
      kind: "oauth",
      accessToken: "canary-access",
      refresh: { token: "canary-refresh", url: "https://login.example/token", clientId: "client-of-coop" },
    });
    const ends = own?.value.kind === "oauth" ? own.value.expiresAt : null;
    expect(ends).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(shell.said() + shell.answered()).not.toContain("canary");
  });

  it("asks for what the resource names, or for what the person names", async () => {
    await login({}, {}, async (address, world) => {
      expect(address.searchParams.get("scope")).toBe("read write");
      expect(address.searchParams.get("code_challenge_method")).toBe("S256");
      await world.visit(address);
    });
    await login({}, { scopes: "read" }, async (address, world) => {
      expect(address.searchParams.get("scope")).toBe("read");
      await world.visit(address);
    });
  });

  it("goes to the addresses that a person names, and asks nobody else", async () => {
    const { server } = await login(
      { resource: null, metadata: null },
      {
        url: null,
        authUrl: "https://login.example/authorize?audience=x",
        tokenUrl: "https://login.example/token",
        clientId: "mine",
      },
      async (address, world) => {
        expect(address.searchParams.get("audience")).toBe("x");
        await world.visit(address);
      },
    );
    expect(server.heard.map((each) => each.path)).toEqual(["/token"]);
  });

  it("knows that a token without a refresh token ends", async () => {
    await login({ token: () => ({ body: { access_token: "canary-access", expires_in: 60 } }) });
    expect((await stored())?.value).toMatchObject({ refresh: null });
  });

  it("waits on when another page comes back in the login's place", async () => {
    await login({}, {}, async (address, world) => {
      for (const changed of [{ state: "guessed" }, { state: null }, { code: null, error: "access_denied", state: "" }])
        expect(await world.visit(address, changed)).toMatchObject({ status: 404 });
      const back = world.comeBack(address);
      expect((await fetch(new URL(`/other${back.search}`, back))).status).toBe(404);
      expect((await fetch(back, { method: "POST" })).status).toBe(404);
      expect(await statusUnderName(back, "evil.example")).toBe(404);
      expect(await world.visit(address)).toEqual({
        status: 200,
        text: "coop has the answer. You can close this page.\n",
      });
    });
  });

  it.for<[string, Readonly<Record<string, string | null>>, RegExp]>([
    ["refuses", { code: null, error: "access_denied" }, /was refused: access_denied/u],
    ["refuses in words of its own", { code: null, error: "<script>\u001b[31m" }, /was refused: no reason is given/u],
    ["gives no code", { code: null }, /has no code/u],
    ["is another one", { iss: "https://evil.example" }, /came from another server/u],
  ])("stores nothing when the server %s", async ([, changed, message]) => {
    await expect(login({}, {}, (address, world) => world.visit(address, changed))).rejects.toThrow(message);
    expect(await stored()).toBeNull();
  });

  it.for<[string, Said, RegExp]>([
    [
      "the code is not taken",
      { token: () => ({ status: 400, body: { error: "invalid_grant" } }) },
      /gave no token: invalid_grant/u,
    ],
    [
      "the token's server has a fault",
      { token: () => ({ status: 503, body: "canary" }) },
      /gave no token: status 503/u,
    ],
    [
      "the token's server leads elsewhere",
      { token: () => ({ status: 302, headers: { location: "https://evil.example/token" }, body: "" }) },
      /status 302/u,
    ],
    ["there is no token in the answer", { token: () => ({ body: { token: "canary" } }) }, /without a token/u],
    [
      "the token could not stand in a header",
      { token: () => ({ body: { access_token: "canary\r\nHost: evil" } }) },
      /without a token/u,
    ],
    ["nobody may register", { metadata: { registration_endpoint: undefined } }, /lets nobody register/u],
    ["registering fails", { register: { status: 400, body: "" } }, /registers no client \(400\)/u],
    [
      "the resource describes another one",
      { resource: { resource: "https://evil.example/mcp" } },
      /about another resource/u,
    ],
    [
      "the resource names a server without TLS",
      { resource: { authorization_servers: ["http://login.example"] } },
      /names no authorization server/u,
    ],
    ["the server describes another one", { metadata: { issuer: "https://evil.example" } }, /about another server/u],
    [
      "the server's token is had without TLS",
      { metadata: { token_endpoint: "http://login.example/token" } },
      /token_endpoint is no https/u,
    ],
    [
      "the server's page is no web page",
      { metadata: { authorization_endpoint: "javascript:alert(1)" } },
      /authorization_endpoint is no https/u,
    ],
    ["nobody describes anything", { resource: null, metadata: null }, /says how to log in/u],
  ])("stores nothing when %s", async ([, said, message]) => {
    const failure = await login(said).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(failure).toMatch(message);
    expect(failure + shell.said()).not.toContain("canary");
    expect(await stored()).toBeNull();
  });

  it.for<[Partial<LoginArguments>, RegExp]>([
    [{ url: "http://api.example" }, /--url must be an https address/u],
    [{ url: "https://me:pw@api.example" }, /--url must be an https address/u],
    [{ url: null }, /Nothing says where/u],
    [{ authUrl: "file:///etc/passwd", tokenUrl: "https://login.example/token" }, /--auth-url must be/u],
    [{ provider: "nobody" }, /no provider "nobody"/u],
  ])("refuses %j before anybody is asked", async ([differences, message]) => {
    const world = await anOAuthWorld();
    await expect(loginCommand({ ...LOGIN, ...differences }, shell, world.request)).rejects.toThrow(message);
    expect(world.server.heard).toEqual([]);
  });

  it("begins no login that could not be stored", async () => {
    const world = await anOAuthWorld();
    const locked = aShell({ cwd: home, environment: { HOME: await mkdtemp(join(tmpdir(), "coop-home-")) } });
    const passphraseFd = openSync(join(home, "passphrase"), "r");
    await expect(loginCommand({ ...LOGIN, passphraseFd }, locked, world.request)).rejects.toMatchObject({
      code: "VAULT_MISSING",
    });
    expect(world.server.heard).toEqual([]);
  });
});

// As a page whose name leads to this machine would ask.
function statusUnderName(url: URL, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = plainRequest(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}
