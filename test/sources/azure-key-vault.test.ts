import { describe, expect, it } from "vitest";
import { AzureKeyVault } from "../../src/sources/azure-key-vault.ts";
import type { AzureAccess } from "../../src/sources/azure-key-vault.ts";
import type { HttpsRequest } from "../../src/sources/https-request.ts";
import { anHttpsServer } from "./https-server.ts";
import type { Answer, Heard, HttpsServer } from "./https-server.ts";

const NAMES = ["shop.vault.example", "login.example"];
const CLIENT_SECRET = "canary-client-secret~1/+";
const CLIENT = { kind: "client", tenant: "tenant-1", client: "client-1", secret: CLIENT_SECRET } as const;
const never = new AbortController().signal;

function serve(answer: (asked: Heard) => Answer): Promise<HttpsServer> {
  return anHttpsServer(NAMES, answer);
}

interface Differences {
  readonly by?: AzureAccess["by"];
  readonly request?: HttpsRequest;
  readonly now?: () => number;
}

function azure({ port, request }: HttpsServer, differences: Differences = {}): AzureKeyVault {
  const access = {
    by: differences.by ?? { kind: "bearer" as const, token: "canary-bearer" },
    suffix: `vault.example:${port}`,
    authority: `login.example:${port}`,
  };
  return new AzureKeyVault(access, differences.request ?? request, differences.now ?? (() => 0));
}

const cloud = (asked: Heard): Answer =>
  asked.method === "POST"
    ? { body: { access_token: "token-of-azure", expires_in: 3600 } }
    : { body: { value: "canary-value" } };

describe("Azure Key Vault", () => {
  it("is asked for a secret with the bearer that the user has", async () => {
    const server = await serve(cloud);
    expect(await azure(server).read("shop/github-token", never)).toBe("canary-value");
    expect(server.heard).toMatchObject([
      {
        method: "GET",
        host: `shop.vault.example:${server.port}`,
        path: "/secrets/github-token?api-version=7.4",
        authorization: "Bearer canary-bearer",
      },
    ]);
  });

  it("is asked for one version of it", async () => {
    const server = await serve(cloud);
    const version = "0123456789abcdef0123456789abcdef";
    await azure(server).read(`Shop/token/${version}`, never);
    expect(server.heard[0]?.path).toBe(`/secrets/token/${version}?api-version=7.4`);
  });

  it("gives a token for the client's secret, once for all who ask at the same time", async () => {
    const server = await serve(cloud);
    const vault = azure(server, { by: CLIENT });
    await Promise.all(["a", "b", "c"].map((each) => vault.read(`shop/${each}`, never)));
    const [first, ...rest] = server.heard;
    expect(first).toMatchObject({
      method: "POST",
      host: `login.example:${server.port}`,
      path: "/tenant-1/oauth2/v2.0/token",
    });
    expect(Object.fromEntries(new URLSearchParams(first?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "client-1",
      client_secret: CLIENT_SECRET,
      scope: `https://vault.example:${server.port}/.default`,
    });
    expect(rest.map((each) => [each.method, each.authorization])).toEqual(
      ["a", "b", "c"].map(() => ["GET", "Bearer token-of-azure"]),
    );
  });

  it.for<[string, unknown, number, number]>([
    ["until a minute before it ends", 3600, 3539_000, 3540_000],
    ["for a minute at least", 1, 59_000, 60_000],
    ["for a minute when it does not say", undefined, 59_000, 60_000],
  ])("keeps the token %s", async ([, seconds, still, no]) => {
    const server = await serve((asked) =>
      asked.method === "POST" ? { body: { access_token: "t", expires_in: seconds } } : cloud(asked),
    );
    let now = 0;
    const vault = azure(server, { by: CLIENT, now: () => now });
    const tokens = (): number => server.heard.filter((each) => each.method === "POST").length;
    await vault.read("shop/a", never);
    now = still;
    await vault.read("shop/a", never);
    expect(tokens()).toBe(1);
    now = no;
    await vault.read("shop/a", never);
    expect(tokens()).toBe(2);
  });

  it("takes the authority as Azure's own tools write it", async () => {
    const server = await serve(cloud);
    const access = {
      by: CLIENT,
      suffix: `vault.example:${server.port}`,
      authority: `https://login.example:${server.port}/`,
    };
    expect(await new AzureKeyVault(access, server.request, () => 0).read("shop/a", never)).toBe("canary-value");
  });

  it("asks for a token again after one was refused", async () => {
    let status = 500;
    const server = await serve((asked) => (asked.method === "POST" ? { ...cloud(asked), status } : cloud(asked)));
    const vault = azure(server, { by: CLIENT });
    await expect(vault.read("shop/a", never)).rejects.toThrow("with 500");
    status = 200;
    expect(await vault.read("shop/a", never)).toBe("canary-value");
  });

  it.for([
    "evil.example#/x",
    "evil.example?/x",
    "me@evil.example/x",
    "evil.example/x",
    "shop:443/x",
    "shop",
    "shop/",
    "shop/../x",
    "shop/x/latest",
    "shop/x%2f",
    "-shop/x",
    "shop-/x",
    "sh--op/x",
    "a-name-that-is-far-too-long/x",
    "shop/x/0123456789abcdef0123456789abcdef/more",
  ])("sends no token anywhere for the reference %s", async (reference) => {
    const server = await serve(cloud);
    await expect(azure(server).read(reference, never)).rejects.toThrow("names no secret of a key vault");
    expect(server.heard).toEqual([]);
  });

  it.for([
    "evil.example/",
    "https://evil.example/x",
    "http://evil.example",
    "a b",
    "evil.example#",
    "user@evil.example",
    "localhost",
    "10.0.0.1",
  ])("refuses %s as the suffix or the authority", async (host) => {
    const server = await serve(cloud);
    const access = { by: CLIENT, suffix: "vault.example", authority: "login.example" };
    for (const wrong of [{ suffix: host }, { authority: host }])
      await expect(
        new AzureKeyVault({ ...access, ...wrong }, server.request, () => 0).read("shop/x", never),
      ).rejects.toThrow("it must be the name of a host");
    expect(server.heard).toEqual([]);
  });

  it("follows no redirect", async () => {
    const server = await serve(() => ({ status: 302, headers: { location: "https://login.example/" }, body: "" }));
    await expect(azure(server).read("shop/x", never)).rejects.toThrow("with 302");
    expect(server.heard).toHaveLength(1);
  });

  it("speaks to nobody whose certificate it does not know", async () => {
    const server = await serve(cloud);
    await expect(azure(server, { request: server.distrusting }).read("shop/x", never)).rejects.toThrow(
      "cannot reach shop.vault.example",
    );
    expect(server.heard).toEqual([]);
  });

  it("cuts what a refusal says, and hides what it repeats of a secret", async () => {
    const echo = { error: `${CLIENT_SECRET} ${encodeURIComponent(CLIENT_SECRET)}\u001b[31m ${"x".repeat(5000)}` };
    const server = await serve(() => ({ status: 401, body: echo }));
    const failure = await azure(server, { by: CLIENT })
      .read("shop/x", never)
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ mend: "Mend AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET." });
    const { message } = failure as Error; // it rejected: the line above would have failed for a text
    expect(message).toContain("is refused by login.example");
    expect(message).not.toContain("canary");
    expect(message).not.toContain("\u001b");
    expect(message.length).toBeLessThan(640);
  });

  it.for<[number, RegExp]>([
    [401, /AZURE_KEYVAULT_TOKEN/u],
    [403, /Key Vault Secrets User/u],
    [404, /Make the secret/u],
    [429, /asks to wait/u],
    [503, /Try again/u],
  ])("says what to do about %i", async ([status, mend]) => {
    const server = await serve(() => ({ status, body: "" }));
    await expect(azure(server).read("shop/x", never)).rejects.toMatchObject({ mend: expect.stringMatching(mend) });
  });

  it.for(["", "{", "[]", '{"value":""}', '{"value":1}'])("takes %j for no value", async (body) => {
    const server = await serve(() => ({ body }));
    await expect(azure(server).read("shop/x", never)).rejects.toThrow("without a value");
  });
});
