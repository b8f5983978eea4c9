import { chmod, chown, mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSecrets } from "../../src/sources/read-secrets.ts";
import type { SecretReaders } from "../../src/sources/read-secrets.ts";
import type { SecretRequest, UserSource } from "../../src/sources/secret-request.ts";
import { readSource } from "../../src/sources/source-reader.ts";
import { changeVault } from "../../src/vault/vault-store.ts";
import type { Entry } from "../../src/vault/vault-store.ts";
import { alone, anEntry, aVault, there } from "../vault/support.ts";
import type { MadeVault } from "../vault/support.ts";

const never = new AbortController().signal;
const NOW = Date.parse("2026-06-01T00:00:00Z");

const wants = (name: string, differences: Partial<SecretRequest> = {}): SecretRequest => ({
  name,
  from: { kind: "vault" },
  profile: null,
  use: "header",
  ...differences,
});

interface Differences {
  readonly own?: Readonly<Record<string, UserSource>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly vault?: MadeVault | null;
  readonly locked?: boolean;
}

interface Readers extends SecretReaders {
  readonly asked: boolean[];
}

function readers({ own = {}, environment = {}, vault = null, locked = false }: Differences): Readers {
  const asked: boolean[] = [];
  return {
    asked,
    ownSource: (name) => own[name] ?? null,
    read: (source, use, signal) =>
      readSource(source, use, { environment, cwd: tmpdir(), azure: null, withheld: Object.keys(environment) }, signal),
    vault: async () => (vault === null ? null : there(vault.path)),
    vaultKey: async (_file, ask) => {
      asked.push(ask);
      return vault === null || locked ? null : vault.key;
    },
    now: () => NOW,
  };
}

async function holding(...entries: readonly Entry[]): Promise<MadeVault> {
  const vault = await aVault();
  await changeVault(vault.path, vault.key, (it) => ({ ...it, entries }), alone);
  return vault;
}

const text = (value: string) => ({ kind: "text", text: value });

describe("reading secrets", () => {
  it("takes each from where the file, or the user's own settings, say", async () => {
    const vault = await holding(anEntry("github", "from-vault"), anEntry("github@work", "from-work"));
    const requests = [
      wants("github", { profile: "work" }),
      wants("api", { from: { kind: "env", variable: "API" } }),
      wants("own"),
    ];
    const own = {
      own: { kind: "exec", command: ["printf", "from-exec\\n"], timeoutMs: 20_000, format: "text" },
    } as const;
    expect(await readSecrets(requests, readers({ vault, own, environment: { API: "from-env" } }), never)).toEqual({
      ok: true,
      values: { github: text("from-work"), api: text("from-env"), own: text("from-exec") },
      warnings: [],
    });
  });

  it("lists everything that is missing at once, each with its mend, and asks for no passphrase before that", async () => {
    const vault = await holding(
      anEntry("old", "x", { expires: "2026-05-31T00:00:00.000Z" }),
      anEntry("github@work", "x"),
      anEntry("fine", "x"),
    );
    const requests = [
      wants("github"),
      wants("old"),
      wants("fine"),
      wants("api", { from: { kind: "env", variable: "API" } }),
      wants("cloud", { from: { kind: "azure-kv", reference: "shop/x" } }),
    ];
    const world = readers({ vault });
    expect(await readSecrets(requests, world, never)).toMatchObject({
      ok: false,
      missing: [
        { name: "api", source: "env:API", why: "is not set in this environment", mend: "export API=…", entry: null },
        {
          name: "cloud",
          source: "azure-kv://shop/x",
          why: "needs a way to Azure, and there is none",
          mend: "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or AZURE_KEYVAULT_TOKEN.",
        },
        {
          name: "github",
          source: "vault:github",
          why: "is not in the vault, which has github@work",
          entry: "github",
          mend: "coop credentials set github",
        },
        {
          name: "old",
          source: "vault:old",
          why: "has expired (2026-05-31T00:00:00.000Z)",
          mend: "coop credentials rotate old",
        },
      ],
    });
    expect(world.asked).toEqual([false]);
  });

  it("asks a person for the passphrase when nothing else is missing", async () => {
    const world = readers({ vault: await holding(anEntry("github", "x")) });
    expect(await readSecrets([wants("github")], world, never)).toMatchObject({ ok: true });
    expect(world.asked).toEqual([true]);
  });

  it("says of each that the vault is locked", async () => {
    const world = readers({ vault: await holding(anEntry("a", "x"), anEntry("b", "x")), locked: true });
    const why = "lies in the vault, which is locked";
    expect(await readSecrets([wants("a"), wants("b"), wants("c")], world, never)).toMatchObject({
      missing: [
        { name: "a", why, mend: "coop credentials unlock" },
        { name: "b", why, mend: "coop credentials unlock" },
        { name: "c", why: "is not in the vault", mend: "coop credentials set c" },
      ],
    });
  });

  it("says how to begin where there is no vault", async () => {
    expect(await readSecrets([wants("a")], readers({}), never)).toMatchObject({
      missing: [
        { why: "is not stored, and there is no vault yet", mend: "coop credentials init, then coop credentials set a" },
      ],
    });
  });

  it("does not touch the vault when nothing comes from it", async () => {
    const world = readers({ environment: { A: "x" } });
    await readSecrets([wants("a", { from: { kind: "env", variable: "A" } })], world, never);
    expect(world.asked).toEqual([]);
  });

  it("misses a token that is over and that nothing renews, and takes one that is renewed", async () => {
    const over = { kind: "oauth", accessToken: "canary", expiresAt: NOW, refresh: null } as const;
    const refresh = { token: "r", url: "https://login.example/token", clientId: "c" };
    const vault = await holding(
      { ...anEntry("over", ""), value: over },
      { ...anEntry("renewed", ""), value: { ...over, refresh } },
    );
    const read = await readSecrets([wants("over"), wants("renewed")], readers({ vault }), never);
    expect(read).toMatchObject({
      missing: [{ name: "over", why: expect.stringContaining("has expired (2026-06-01") }],
    });
    expect(await readSecrets([wants("renewed")], readers({ vault }), never)).toMatchObject({ ok: true });
  });

  it("warns a day before a value expires", async () => {
    const vault = await holding(anEntry("soon", "x", { expires: "2026-06-01T23:00:00.000Z" }));
    expect(await readSecrets([wants("soon")], readers({ vault }), never)).toMatchObject({
      warnings: ["vault:soon expires at 2026-06-01T23:00:00.000Z: coop credentials rotate soon"],
    });
  });

  it.for<[string, string, SecretRequest["use"], RegExp]>([
    ["a header's end", "x\r\nHost: evil", "header", /no header may have/u],
    ["two lines", "x\ny", "header", /no header may have/u],
    ["a space at its end", "x ", "header", /no header may have/u],
    ["nothing", "", "header", /is empty/u],
    ["only a line's end", "\n", "environment", /is empty/u],
    ["no JSON, where an access key of AWS is meant", "AKIA", "aws", /no access key of AWS/u],
  ])("refuses %s, and does not repeat it", async ([, value, use, words]) => {
    const request = wants("a", { from: { kind: "env", variable: "A" }, use });
    const read = await readSecrets([request], readers({ environment: { A: value } }), never);
    expect(read).toMatchObject({ missing: [{ why: expect.stringMatching(words) }] });
    expect(JSON.stringify(read)).not.toContain("AKIA");
  });

  it("takes several lines for a variable", async () => {
    const request = wants("a", { from: { kind: "env", variable: "A" }, use: "environment" });
    expect(await readSecrets([request], readers({ environment: { A: "-----\nx\n-----\n" } }), never)).toMatchObject({
      values: { a: text("-----\nx\n-----") },
    });
  });

  it("reads an access key of AWS as its own tools print it", async () => {
    const key = { AccessKeyId: "AKIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "session" };
    const request = wants("a", { from: { kind: "env", variable: "A" }, use: "aws" });
    expect(await readSecrets([request], readers({ environment: { A: JSON.stringify(key) } }), never)).toMatchObject({
      values: { a: { kind: "aws", accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret", sessionToken: "session" } },
    });
  });

  it("gives a program no variable that holds a value of this run", async () => {
    const own = { own: { kind: "exec", command: ["env"], timeoutMs: 20_000, format: "text" } } as const;
    const world = readers({ own, environment: { API: "canary", PATH: process.env["PATH"] ?? "" } });
    const read = await readSecrets([wants("own", { use: "environment" })], world, never);
    expect(JSON.stringify(read)).not.toContain("canary");
  });
});

describe("a file as a source", () => {
  const read = (path: string): Promise<unknown> =>
    readSecrets([wants("own")], readers({ own: { own: { kind: "file", path } } }), never);

  async function aFile(mode: number): Promise<string> {
    const path = join(await mkdtemp(join(tmpdir(), "coop-secret-")), "value");
    await writeFile(path, "value\n");
    await chmod(path, mode);
    return path;
  }

  it("gives its text, also by a link of the user's", async () => {
    const path = await aFile(0o400);
    await symlink(path, `${path}.link`);
    expect(await read(`${path}.link`)).toMatchObject({ values: { own: text("value") } });
  });

  it.for([0o640, 0o604, 0o620, 0o602, 0o644])("is refused with the mode %o", async (mode) => {
    expect(await read(await aFile(mode))).toMatchObject({
      missing: [{ why: expect.stringContaining("is open to others"), mend: expect.stringContaining("chmod 600") }],
    });
  });

  it.runIf(process.geteuid?.() === 0)("is refused when it is somebody else's", async () => {
    const path = await aFile(0o600);
    await chown(path, 12345, 12345);
    expect(await read(path)).toMatchObject({ missing: [{ why: "belongs to the user 12345" }] });
  });

  it("is refused when it is a folder, too large, or not there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "coop-secret-"));
    await mkdir(join(folder, "sub"));
    expect(await read(join(folder, "sub"))).toMatchObject({ missing: [{ why: "is no regular file" }] });
    expect(await read(join(folder, "nothing"))).toMatchObject({ missing: [{ why: "is not there" }] });
    const path = await aFile(0o600);
    await writeFile(path, "x".repeat(70_000));
    expect(await read(path)).toMatchObject({ missing: [{ why: "is larger than 64 KiB" }] });
  });
});
